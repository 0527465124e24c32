"""Whole searches on 90 to 10 images: a constant is recommended only where nothing has beaten chance, which is said."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from transfertune.reports import load_study, usual_scores, verdict, write_reports

CLASSES = {"common": 54, "rare": 6}


@pytest.fixture(scope="module")
def unequal(tmp_path_factory):
    """Return the writer of nine times as many images of one class as of another, with a signal of some strength."""

    def write(signal: float):
        folder, rng = tmp_path_factory.mktemp("unequal"), np.random.default_rng(0)
        for shift, (name, count) in zip((-signal, signal), CLASSES.items(), strict=True):
            (folder / name).mkdir()
            for number in range(count):
                noise = rng.normal(120, 40, (40, 40, 3))
                pixels = np.clip(noise + shift * np.array([1, 0, -1]), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / name / f"{number:02d}.png")
        return folder

    return write


def test_where_there_is_a_signal_no_constant_is_recommended(unequal, run_search, tmp_path):
    """Under macro F1 a model far above chance is, with an interval and its usual scores side by side."""
    study = run_search(
        tmp_path / "s",
        data=unequal(60.0),
        objective="macro_f1",
        folds=4,
        trials=2,
        retrain_winner=True,
    )
    chosen = next(s for s in study.ranking.standings if s.trial == study.recommended)
    constant = next(
        s for s in study.ranking.standings if s.trial.recipe.get("classifier") == "most_frequent"
    )
    assert 0.4 < constant.score < 0.5
    assert study.ranking.chance.beaten
    assert chosen.score > 0.8
    assert constant.score < chosen.interval[0] < chosen.score <= chosen.interval[1] <= 1
    assert constant.difference == pytest.approx(1 - constant.score, abs=0.2)
    said = " ".join([*verdict(study), *usual_scores(study)])
    assert "chance" not in said
    assert "Side by side: accuracy " in said
    assert " on 48 validation images; accuracy " in said
    assert " on 12 test images." in said
    assert "reaches a test macro F1 of" in said
    assert "(95 % interval" in said.partition("reaches a test macro F1")[2]
    facts = json.loads((study.folder / "report" / "leaderboard.json").read_bytes())
    assert [one["kind"] for one in facts["scores"]] == ["validation", "test"]
    assert set(facts["scores"][0]["scores"]) == {
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "log_loss",
    }
    best = next(row for row in facts["ranked"] if row["recommended"])
    assert best["balanced_loss"] is not None
    assert best["loss"] == pytest.approx(facts["scores"][0]["scores"]["log_loss"], abs=1e-5)
    assert best["macro_f1"] == pytest.approx(chosen.score, abs=1e-6)
    page = (study.folder / "report" / "report.html").read_text("utf-8")
    assert "Trials are ordered by balanced log loss, in which every class counts the same." in page


def test_a_class_of_three_is_said_to_halve_the_folds_and_may_be_left_out(run_search, tmp_path):
    """The sentence names the class and the option; with the option there are ten folds, and a note."""
    folder, rng = tmp_path / "images", np.random.default_rng(1)
    for name, count in {"a": 13, "b": 13, "c": 3}.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number:02d}.png")
    asked = {"data": folder, "folds": None, "repeats": None, "trials": 1, "epochs": 1}
    study = run_search(tmp_path / "all", **asked)
    assert study.header.policy.sentence.startswith(
        "cross-validation in 2 folds (not 10, since 'c' has 2 different images to train and validate on; "
        "--min-per-class 4 leaves out classes of fewer images): all "
    )
    fewer = run_search(tmp_path / "fewer", **asked, min_per_class=4)
    assert fewer.header.policy.folds == 10
    assert fewer.classes == ("a", "b")
    assert "Left out, as classes of fewer than 4 images: c (3)." in fewer.header.data.notes
    page = (fewer.folder / "report" / "report.html").read_text("utf-8")
    assert "Left out, as classes of fewer than 4 images: c (3)." in page


@pytest.mark.parametrize("objective", ["macro_f1", "accuracy"])
def test_where_there_is_none_the_verdict_says_so(unequal, run_search, tmp_path, objective):
    """On noise nothing beats chance; that is the first thing said, in the tables too."""
    study = run_search(tmp_path / "s", data=unequal(0.0), objective=objective, folds=4, trials=2)
    assert not study.ranking.chance.beaten
    assert verdict(study)[0].startswith("Nothing has beaten chance: ")
    text = write_reports(load_study(study.folder))["leaderboard.md"].read_text("utf-8")
    assert "Nothing has beaten chance: " in text
