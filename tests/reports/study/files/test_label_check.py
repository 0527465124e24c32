"""The label check of a study: kept, read again, told in a sentence, and shown with its images."""

from __future__ import annotations

import pytest
from PIL import Image

from transfertune.reports import (
    DisputedLabel,
    LabelCheck,
    load_study,
    read_label_check,
    write_reports,
)

DISPUTED = tuple(
    DisputedLabel(f"cat/{i}.png", "cat", "dog <old>", 0.001 * i, 0.95 - i / 10) for i in range(5)
)
CHECK = LabelCheck("mobilenet_v2", 1200, 0.71, DISPUTED)


def test_it_is_kept_and_read_again(tmp_path):
    """What was written comes back equal."""
    CHECK.write(tmp_path)
    assert read_label_check(tmp_path) == CHECK


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"backbone": "a", "images": 3, "agreed": 1, "disputed": [{"path": "x"}]}'],
)
def test_a_damaged_file_is_none(tmp_path, text):
    """Whatever is there instead of a check is taken for nothing."""
    (tmp_path / "label_check.json").write_text(text)
    assert read_label_check(tmp_path) is None


def test_the_sentence_counts_and_names():
    """How many are doubted, and the first few; nothing where none is."""
    assert CHECK.sentence == (
        "A probe on mobilenet_v2 doubts 5 of 1,200 labels. It was fitted on other images and agrees with 71% "
        "of all labels. Look at cat/0.png (dog <old>, 95%); "
        "cat/1.png (dog <old>, 85%); cat/2.png (dog <old>, 75%) and 2 more."
    )
    assert LabelCheck("drawn_net", 9, 1.0, ()).sentence == ""


def test_the_page_shows_the_images(new_study, new_trial, tmp_path):
    """Each doubted image has the label it has and the one it may deserve; one that is gone is said to be."""
    (tmp_path / "images/cat").mkdir(parents=True)
    Image.new("RGB", (30, 20)).save(tmp_path / "images/cat/0.png")
    folder = new_study([new_trial(1)], data={"root": str(tmp_path / "images"), "classes": ["a"]})
    CHECK.write(folder)
    page = write_reports(load_study(folder))["report.html"].read_text("utf-8")
    assert "A logistic probe on mobilenet_v2 doubts the labels of 5 of 1200 images" in page
    assert "labelled <b>cat</b><br>perhaps dog &lt;old&gt;, 95\N{NO-BREAK SPACE}%" in page
    section = page[page.index('id="disputed_labels"') :]
    assert section.count("data:image/jpeg;base64,") == 1
    assert section.count("image not found") == 4
