"""The strategy `listed`: a space's own runs, in order, once, and on after a stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from transfertune.tuner import SearchError

RUNS = (
    {"dense": "none", "dropout": 0.0, "learning_rate": 0.01},
    {"dense": "8", "dropout": 0.3, "learning_rate": 0.02},
    {"dense": "8", "dropout": 0.9, "learning_rate": 0.02, "unfreeze": 2},
)


@pytest.fixture
def space(new_space):
    """The tiny space with three runs, one of them outside its domains."""
    return replace(new_space(), runs=RUNS)


def recipes(study) -> list[dict]:
    """Return the recipes that the strategy proposed, in order."""
    return [trial.recipe for trial in study.trials if trial.strategy.get("name") == "listed"]


@pytest.mark.slow
def test_every_run_is_tried_in_order(run_search, space, tmp_path):
    """As many trials as runs, each what the run says, and the log goes on where it stopped."""
    stopped = run_search(tmp_path / "study", space, strategy="listed", trials=2)
    assert len(recipes(stopped)) == 2
    study = run_search(tmp_path / "study", space, strategy="listed")
    assert recipes(study) == [space.recipe(run, epochs=space.epochs).as_dict() for run in RUNS]


@pytest.mark.slow
def test_settings_hold_for_runs_too(run_search, space, tmp_path):
    """What is set replaces what the runs say."""
    settings = {"dense": ["4"], "dropout": ["0"]}
    study = run_search(tmp_path / "study", space, strategy="listed", settings=settings)
    assert {(r["dense"], r["dropout"]) for r in recipes(study)} == {("4", 0.0)}


def test_a_space_without_runs_is_refused(run_search, new_space, tmp_path):
    """The strategy needs a list, and says so before anything is written."""
    with pytest.raises(SearchError, match="lists no runs"):
        run_search(tmp_path / "study", new_space(), strategy="listed")
    assert not (tmp_path / "study").exists()
