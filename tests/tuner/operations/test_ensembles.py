"""Ensembles from search to export: recommended or not, one model, the same after an interruption."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from transfertune.reports import CostLimits, load_study
from transfertune.search_spaces import Choice
from transfertune.tuner import export_best, predict, retrain
from transfertune.tuner.events import TrialEnded
from transfertune.tuner.models.predict import read_labels


@pytest.fixture(scope="module")
def space(new_space):
    """Two image sizes of one backbone, predicted with mirror images."""
    sizes = Choice(32, 48)
    return new_space(image_size=sizes, predict_views="mirror", pooling="gap", unfreeze=0)


@pytest.fixture(scope="module")
def combined(run_search, space, tmp_path_factory):
    """A finished search of two trials, with its ensembles."""
    folder = tmp_path_factory.mktemp("combined") / "study"
    return run_search(folder, space, trials=2, epochs=4)


def ensembles(study):
    """Return the ensembles of a study by how they came about."""
    return {trial.strategy["name"]: trial for trial in study.trials if trial.members}


def timeless(trial):
    """Return what of a trial does not depend on the clock."""
    values = trial.as_dict()
    fits = [{**fit, "seconds": 0} for fit in values["fits"]]
    return {**values, "fits": fits, "started": "", "milliseconds": None}


def test_a_search_ends_with_its_ensembles(combined):
    """The mean of both sizes' probes is a baseline, in the log with its members; the table and the report name it."""
    mean = ensembles(combined)["mean of probes"]
    probes = [t.number for t in combined.trials if t.recipe.get("classifier") == "logistic"]
    assert [member.trial for member in mean.members] == probes
    assert mean.role == "baseline"
    assert mean.number > max(t.number for t in combined.trials if not t.members)
    assert mean in load_study(combined.folder).candidates
    page = (combined.folder / "report" / "report.html").read_text("utf-8")
    assert f"mean of the probes {probes[0]} and {probes[1]}" in page
    table = json.loads((combined.folder / "report" / "leaderboard.json").read_text("utf-8"))
    assert mean.number in [row["trial"] for row in table["ranked"]]


def test_the_same_search_makes_none_again(combined, run_search, space):
    """The log is as it was."""
    before = combined.paths.log.read_bytes()
    run_search(combined.folder, space, trials=2, epochs=4)
    assert combined.paths.log.read_bytes() == before


def test_an_ensemble_lost_before_its_line_is_made_again(combined, run_search, space, tmp_path):
    """A search that ends between the last trial and the ensembles, or between two of them, goes on to the same."""
    whole = [timeless(trial) for trial in combined.trials if trial.members]

    def stop(event):
        if isinstance(event, TrialEnded) and event.trial.members:
            raise KeyboardInterrupt

    folder = tmp_path / "study"
    for _ in whole:
        with pytest.raises(KeyboardInterrupt):
            run_search(folder, space, trials=2, epochs=4, on_event=stop)
    found = run_search(folder, space, trials=2, epochs=4)
    assert [timeless(trial) for trial in found.trials if trial.members] == whole


def test_one_model_is_retrained_and_exported(combined, cache, tmp_path):
    """It takes images of the larger size, and classifies the test images as the study says it did."""
    mean = ensembles(combined)["mean of probes"]
    record = retrain(combined, cache=cache, trial=mean.number, again=True, in_process=True)
    assert (record.trial, record.epochs) == (mean.number, 0)
    study = load_study(combined.folder)
    files = export_best(study, tmp_path / "both.keras").files
    assert read_labels(files[0]).image_size == 48
    card = (tmp_path / "both.card.md").read_text()
    assert "the weighted mean of 2 models" in card
    assert f"| image_size | {' | '.join(['32', '48'])} |" in card
    stored = study.test_predictions()
    paths = [study.images().path(i) for i in stored["indices"]]
    found = predict(files[0], paths)
    np.testing.assert_allclose(found.probabilities, stored["probabilities"], atol=1e-6)


def test_a_single_model_is_recommended_on_request(combined):
    """`single` leaves ensembles out of the choice, not out of the table."""
    single = replace(combined, limits=CostLimits(single=True))
    assert not single.recommended.members
    assert len(single.ranking.standings) == len(combined.ranking.standings)


@pytest.mark.slow
def test_a_search_for_a_single_model_makes_none(run_search, space, tmp_path):
    """Nothing is combined that could not be recommended."""
    limits = CostLimits(single=True)
    study = run_search(tmp_path / "study", space, trials=1, epochs=2, limits=limits)
    assert not ensembles(study)
