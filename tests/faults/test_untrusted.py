"""Files from elsewhere: nothing is unpickled, models load in safe mode, and names stay text."""

from __future__ import annotations

import ast
import html.parser
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from malformed_studies import HEADER, TRIAL

import transfertune.datasets
import transfertune.reports
import transfertune.search_spaces
import transfertune.tuner
from transfertune.reports import StudyError, load_study, write_reports
from transfertune.tuner.cli import main

PARTS = (
    transfertune.datasets,
    transfertune.reports,
    transfertune.search_spaces,
    transfertune.tuner,
)
SOURCES = [path for part in PARTS for path in sorted(Path(part.__file__).parent.rglob("*.py"))]
# What unpickles or runs what it reads, and the argument that keeps it from doing so.
SAFE = {"load": ("allow_pickle", False), "load_model": ("safe_mode", True)}
NEVER = {"dill", "joblib", "marshal", "pickle", "shelve"}
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class _Touch:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_program_never_unpickles(source):
    """No module imports a pickler; arrays are loaded without pickles, models in safe mode."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & NEVER
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module.split(".")[0] not in NEVER
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            name, value = SAFE.get(node.func.attr, (None, None))
            if name and owner in ("np", "numpy", "keras.models", "keras.saving"):
                given = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
                assert given.get(name) is value, ast.unparse(node)
            assert node.func.attr != "read_pickle", ast.unparse(node)


@pytest.fixture
def study(tmp_path):
    """A study of one trial whose names are markup."""
    folder = tmp_path / "study"
    (folder / "trials" / "0001").mkdir(parents=True)
    header = {
        **HEADER,
        "space": {**HEADER["space"], "name": EVIL, "title": EVIL},
        "data": {
            **HEADER["data"],
            "name": EVIL,
            "root": EVIL,
            "classes": [EVIL, "dog"],
            "unreadable": [[EVIL, EVIL]],
            "notes": [EVIL],
        },
        "command": EVIL,
        "versions": {EVIL: EVIL},
    }
    fit = {"seed": 1, "fold": 0, "repeat": 0, "score": 0.5, "metrics": {"accuracy": 0.5, "loss": 1}}
    recipe = {"backbone": EVIL, "dense": EVIL, EVIL: EVIL, "learning_rate": 0.1}
    done = {**TRIAL, "recipe": recipe, "fits": [{**fit, "epochs": 1, "best_epoch": 1}]}
    failed = {**done, "number": 2, "status": "failed", "score": None, "cause": EVIL, "fits": []}
    lines = [json.dumps(record) for record in (header, done, failed)]
    (folder / "trials.jsonl").write_text("\n".join(lines) + "\n")
    return folder


class _Page(html.parser.HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_names_in_a_report_stay_text(study):
    """Whatever classes, files, recipes, causes and commands are called, a browser shows it and runs nothing."""
    text = write_reports(load_study(study))["report.html"].read_text()
    page = _Page(text)
    assert EVIL not in text
    assert "alert(" in text
    assert not [attrs for tag, attrs in page.tags if tag == "img" and attrs.get("src") == "x"]
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on")]
    assert sum(tag == "script" for tag, _ in page.tags) <= 1
    script = text.split("<script", 1)[-1].split("</script>")[0]
    assert 'alert("x")' not in script


def test_a_study_is_never_unpickled(study, tmp_path, capsys):
    """Pickles where arrays should be are damaged files: told, left out, and not run."""
    trap, array = tmp_path / "unpickled", np.empty(1, dtype=object)
    array[0] = _Touch(trap)
    names = ("indices", "labels", "probabilities")
    np.savez(study / "trials" / "0001" / "predictions.npz", **dict.fromkeys(names, array))
    loaded = load_study(study)
    with pytest.raises(StudyError):
        loaded.predictions(1)
    (study / "images.csv").write_bytes(pickle.dumps(_Touch(trap)))
    main_exits(["report", str(study)], 0)
    main_exits(["retrain", str(study)], 2)
    assert not trap.exists()
    capsys.readouterr()


def test_a_manifest_says_what_it_reads_elsewhere(tmp_path, capsys, monkeypatch):
    """Images above its folder, by dots, by an absolute path or through a link, are used and told."""
    from malformed import images

    monkeypatch.chdir(tmp_path)
    images()(tmp_path)
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "link.png").symlink_to(tmp_path / "p" / "cat" / "3.png")
    rows = ["../p/cat/0.png,cat", f"{tmp_path}/p/dog/0.png,dog", "link.png,cat"]
    (inside / "m.csv").write_text("\n".join(["path,label", *rows]) + "\n")
    main_exits(["data", "check", "in/m.csv"], 0)
    assert "Outside the manifest's folder: 3 images" in capsys.readouterr().out


def main_exits(words: list[str], code: int) -> None:
    """Run the command line and expect an exit code."""
    try:
        main(words)
    except SystemExit as ended:
        assert (ended.code or 0) == code
    else:
        assert code == 0
