"""The check of the data in the report."""

import json

import pytest
from PIL import Image

from transfertune.reports import load_study, write_reports
from transfertune.reports.study.files.data_check import read_data_check

FINDINGS = [
    {
        "kind": "leak",
        "severity": "problem",
        "sentence": "Two images are in train and in test.",
        "images": [["train/a.png", "test/b.png"]],
        "examples": [
            [
                {"path": "train/a.png", "thumbnail": "data_check/0000.jpg"},
                {"path": "test/<b>.png", "thumbnail": None},
            ]
        ],
    },
    {"kind": "small", "severity": "notice", "sentence": "There are few.", "images": []},
]


def _page(folder):
    return write_reports(load_study(folder))["report.html"].read_text("utf-8")


def test_findings_are_shown_with_their_images(new_study, new_trial):
    """Each finding has its sentence, the grave ones say so, and groups of images stand together."""
    folder = new_study([new_trial(1)])
    (folder / "data_check").mkdir()
    Image.new("RGB", (80, 60)).save(folder / "data_check" / "0000.jpg")
    check = {"findings": FINDINGS, "modes": {"RGB": 9}, "smallest": [8, 9], "largest": [8, 9]}
    (folder / "data_check.json").write_text(json.dumps(check))
    page = _page(folder)
    assert page.index("Two images are in train and in test.") < page.index("There are few.")
    assert page.count("data:image/jpeg") == 1
    assert "test/<wbr>&lt;b&gt;.png" in page
    assert "RGB (9)" in page
    assert "8 x 9" in page


def test_thumbnails_come_from_the_checks_own_folder(new_study, new_trial, tmp_path):
    """A path that leads elsewhere is not followed."""
    folder = new_study([new_trial(1)])
    Image.new("RGB", (80, 60)).save(tmp_path / "secret.jpg")
    elsewhere = json.loads(json.dumps(FINDINGS))
    elsewhere[0]["examples"][0][0]["thumbnail"] = "../../secret.jpg"
    (folder / "data_check.json").write_text(json.dumps({"findings": elsewhere}))
    assert "data:image/jpeg" not in _page(folder)


def test_nothing_found_is_said(new_study, new_trial):
    """A check without findings says that there is nothing to worry about."""
    folder = new_study([new_trial(1)])
    (folder / "data_check.json").write_text("{}")
    assert "No problems were found." in _page(folder)


@pytest.mark.parametrize("content", [None, "", "[]", '{"findings": [1]}', '{"findings": [{}]}'])
def test_without_a_whole_check_the_page_shows_none(new_study, new_trial, content):
    """A missing or damaged check is left out."""
    folder = new_study([new_trial(1)])
    if content is not None:
        (folder / "data_check.json").write_text(content)
    assert read_data_check(folder) is None
    assert "Findings" not in _page(folder)
