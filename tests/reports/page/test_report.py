"""The report: for every kind of study, escaped, self-contained, and never half written."""

import base64
import hashlib
import json
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from transfertune.reports import CostLimits, load_study, verdict, write_reports
from transfertune.reports.page.sections import SECTIONS

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"' {{ 7 * 7 }} $\\frac$ &amp; \u202e"
ALLOWED = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-"


class Page(HTMLParser):
    """Counts elements, gathers attributes, text and scripts, and checks that elements are closed in order."""

    EMPTY = frozenset({"meta", "link", "img", "br", "hr", "input", "wbr"})

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.words, self.scripts = [], [], [], [], []
        self.feed(path.read_text("utf-8"))
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        """Note an element that opens."""
        self.tags.append(tag)
        self.attributes += [(tag, *attr) for attr in attrs]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Note an element that closes itself."""
        self.tags.append(tag)
        self.attributes += [(tag, *attr) for attr in attrs]

    def handle_endtag(self, tag):
        """Check that the innermost open element closes."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Note words and scripts."""
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.words.append(data)


def _page(folder):
    return Page(write_reports(load_study(folder))["report.html"])


def test_whole_report(new_study, new_trial):
    """A retrained study's page says the verdict, and has every section that there is something to show in."""
    trials = [new_trial(number) for number in range(1, 13)]
    trials[3] = new_trial(4, cause="the child process was killed: out of memory")
    folder = new_study(trials, retrain=True)
    study = load_study(folder)
    page = _page(folder)
    text = (folder / "report" / "report.html").read_text("utf-8")
    assert f"Trial {study.recommended.number}, a head on frozen" in page.text
    assert "on new images" in page.text
    assert "test accuracy of 0.820 (95 % interval 0.69 to 0.90) on 50 test images" in page.text
    assert "out of memory" in page.text
    assert "tune search --space quickstart" in page.text
    assert "ab" * 32 in page.text
    assert "star/broken.png" in page.text
    links = [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")]
    assert links == [f"#{section.name}" for section in SECTIONS if f'id="{section.name}"' in text]
    assert len(links) >= len(SECTIONS) - 1
    assert "Confusion matrix" in page.text
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_no_request_leaves_the_page(new_study, new_trial):
    """Nothing is fetched: no links or sources but ids and data, and a policy that forbids the rest."""
    page = _page(new_study([new_trial(number) for number in range(1, 6)], retrain=True))
    for tag, name, value in page.attributes:
        if name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert value.startswith(("#", "data:")), (tag, name, value)
        assert not name.startswith("on"), (tag, name, value)
    (policy,) = [
        value for _, name, value in page.attributes if name == "content" and "default-src" in value
    ]
    assert policy.startswith(ALLOWED)
    (script,) = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == f"{ALLOWED}{digest}'"


def test_hostile_names_stay_text(new_study, new_trial):
    """Class names, paths, recipe values, causes, commands: whatever they hold is shown, never run."""
    harmless = {"backbone": "resnet50", "mine": "b", "dropout": 0.5}
    recipe = {"backbone": HOSTILE, HOSTILE: HOSTILE, "dropout": 0.5}
    plain, trials = (
        [
            new_trial(1, recipe=first),
            new_trial(2, cause=cause, recipe={name: 1}),
            new_trial(3),
            new_trial(4),
        ]
        for first, cause, name in ((harmless, "x", "mine"), (recipe, HOSTILE, HOSTILE))
    )
    plain = _page(new_study(plain, retrain=True, name="plain"))
    data = {
        "name": HOSTILE,
        "root": HOSTILE,
        "digest": HOSTILE,
        "classes": [f"{number} {HOSTILE}" for number in range(3)],
        "unreadable": [[HOSTILE, HOSTILE]],
        "notes": [HOSTILE],
    }
    folder = new_study(
        trials,
        retrain=True,
        data=data,
        space={"name": HOSTILE, "title": HOSTILE},
        command=HOSTILE,
        versions={HOSTILE: HOSTILE},
        strategy=HOSTILE,
        created=HOSTILE,
        objective={"name": HOSTILE, "direction": "max"},
    )
    page = _page(folder)
    for tag in ("script", "img", "svg", "style"):
        assert page.tags.count(tag) == plain.tags.count(tag), tag
    assert page.scripts == plain.scripts
    assert page.text.count("alert(2)") > 20
    assert "{{ 7 * 7 }}" in page.text
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_half_characters_in_paths_are_survived(new_study, new_trial):
    """File names that are not UTF-8 reach the log and the report without an error."""
    trial = new_trial(1, cause="cannot read /images/\udcff.png")
    written = write_reports(load_study(new_study([trial])))
    assert "cannot read /images/" in Page(written["report.html"]).text
    assert "udcff" in written["leaderboard.csv"].read_text("utf-8")
    assert json.loads(written["leaderboard.json"].read_bytes())["failed"][0]["cause"].endswith(
        "\\udcff.png"
    )


def test_plots_are_sound_svg_in_the_page_colours(new_study, new_trial):
    """Each plot is well-formed XML without a colour of its own that dark mode would swallow."""
    folder = new_study([new_trial(1), new_trial(2), new_trial(3, cause="x")])
    text = write_reports(load_study(folder))["report.html"].read_text("utf-8")
    plots = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(plots) > 5
    for plot in plots:
        assert ET.fromstring(plot).get("aria-label")  # noqa: S314
        assert not re.findall(r"#[0-9a-f]{6}\b", plot)
        assert "var(--" in plot


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        ([], "No trial has finished yet."),
        (["out of memory"], "The only trial failed. The cause is: out of memory."),
        (
            ["a", "b\nc", "b\nd"],
            "All 3 trials failed. The most frequent cause (2 of 3 trials) is: b.",
        ),
        ([None], "It is the only completed trial."),
        ([None, "a"], "1 trial failed and is not ranked."),
    ],
)
def test_unfinished_and_failed_studies_have_a_report(new_study, new_trial, trials, said):
    """Empty, failed-only and barely begun studies get all three files and a verdict that fits."""
    made = [new_trial(number, cause=cause) for number, cause in enumerate(trials, start=1)]
    folder = new_study(made)
    written = write_reports(load_study(folder))
    assert said in Page(written["report.html"]).text
    assert all(path.stat().st_size for path in written.values())


def test_damaged_study_has_a_report(new_study, new_trial):
    """A torn log, a missing trial folder, and damaged test predictions still give a page."""
    folder = new_study([new_trial(number) for number in range(1, 9)], retrain=True)
    shutil.rmtree(folder / "trials" / "0007")
    (folder / "best" / "predictions.npz").write_bytes(b"PK")
    (folder / "images.csv").write_text("index,path\n0,a.png\n")
    with (folder / "trials.jsonl").open("ab") as file:
        file.write(b'{"kind"')
    page = _page(folder)
    assert "cut off" in page.text
    assert "is damaged" in page.text


def test_report_goes_elsewhere_when_asked(new_study, new_trial, tmp_path):
    """A copied, read-only study gets its report in another folder, and is left as it is."""
    folder = new_study([new_trial(1)])
    before = sorted(folder.rglob("*"))
    written = write_reports(load_study(folder), tmp_path / "elsewhere" / "deep")
    assert sorted(folder.rglob("*")) == before
    assert {path.name for path in (tmp_path / "elsewhere" / "deep").iterdir()} == set(written)


def test_same_study_gives_same_bytes(new_study, new_trial):
    """A report is a function of the facts: written twice, it is the same."""
    folder = new_study([new_trial(1), new_trial(2)], retrain=True)
    first = {name: path.read_bytes() for name, path in write_reports(load_study(folder)).items()}
    assert first == {
        name: path.read_bytes() for name, path in write_reports(load_study(folder)).items()
    }


@pytest.mark.slow
def test_large_study_stays_small(new_study, new_trial):
    """200 trials on 101 classes make a page far below 5 MB, with the confusions as an image."""
    trials = [new_trial(number) for number in range(1, 201)]
    data = {"name": "food", "classes": [f"dish {number}" for number in range(101)]}
    written = write_reports(load_study(new_study(trials, retrain=True, data=data)))
    assert written["report.html"].stat().st_size < 1_000_000
    page = Page(written["report.html"])
    assert "iVBORw0KGgo" in written["report.html"].read_text("utf-8")
    assert "predicted as" in page.text


def test_images_per_class_are_counted(new_study):
    """With images.csv the page shows how many images of each class every split holds."""
    folder = new_study()
    lines = ["index,path,label,split,digest", "0,a,0,train,d", "1,b,0,train,d", "2,c,2,test,d"]
    (folder / "images.csv").write_text("\n".join(lines))
    assert "circle 2 0 0 square 0 0 0 star 0 0 1" in _page(folder).text


def test_test_score_is_honest_about_second_looks(new_study, new_trial):
    """The verdict says when the test images were scored before, and when there is no test score."""
    folder = new_study([new_trial(1)], retrain=True)
    study = load_study(folder)
    assert "it reaches a test accuracy of 0.820" in verdict(study)[-1]
    again = replace(study.retrains[0], look=2, trial=5)
    found = verdict(type(study)(study.folder, study.header, study.trials, (again,)))
    assert "trial 5 reaches" in found[-1]
    assert "The test images were scored 2 times, so this score is optimistic." in found[-1]
    assert "tune retrain" in verdict(load_study(new_study([new_trial(1)], name="new")))[-1]


def test_lower_is_better_is_said(new_study, new_trial):
    """Where the objective is a loss, the page says that lower is better."""
    folder = new_study(
        [new_trial(1), new_trial(2)], objective={"name": "log_loss", "direction": "min"}
    )
    page = _page(folder)
    assert "A lower log loss is better." in page.text


def test_limits_that_no_trial_keeps_are_said(new_study, new_trial):
    """The page and the tables are written without such limits, and say so."""
    study = load_study(new_study([new_trial(number, milliseconds=number) for number in (1, 2)]))
    strict = study.with_limits(CostLimits(milliseconds=0.5))
    said = "No trial is within the limits (at most 0.5 ms an image), so this report ignores them."
    written = write_reports(strict)
    assert said in Page(written["report.html"]).text
    assert said in written["leaderboard.md"].read_text("utf-8")
    facts = json.loads(written["leaderboard.json"].read_bytes())
    assert said in facts["verdict"]
    assert facts["recommended"] == study.recommended.number
