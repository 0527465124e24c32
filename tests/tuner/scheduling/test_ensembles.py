"""The ensembles of a study: which are made, of what, and that they are made once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from transfertune.reports import MEAN_OF_PROBES, WEIGHTED_MEAN, CostLimits, read_predictions
from transfertune.tuner.scheduling.ensembles import make_ensembles

PROBE = {"backbone": "drawn_net", "classifier": "logistic", "image_size": 64}


@pytest.fixture
def probed(make_study):
    """Return the maker of studies whose first trials are probes, called with shares of right images."""

    def make(shares, probes: int = 2):
        study = make_study(shares)
        trials = [
            replace(
                trial,
                role="baseline" if trial.number <= probes else "search",
                recipe={**PROBE, "image_size": 64 + trial.number}
                if trial.number <= probes
                else trial.recipe,
                parameters={"total": 100, "trainable": 10},
                milliseconds=float(trial.number),
            )
            for trial in study.trials
        ]
        return replace(study, trials=tuple(trials))

    return make


def by_name(made):
    """Return the ensembles by how they came about."""
    return {trial.strategy["name"]: (trial, arrays) for trial, arrays in made}


def test_the_mean_of_the_probes_is_a_baseline(probed):
    """It has the plain mean of their predictions of every image, scored as a trial is."""
    study = probed([0.7, 0.72, 0.3])
    trial, arrays = by_name(make_ensembles(study, CostLimits()))[MEAN_OF_PROBES]
    assert (trial.number, trial.role, trial.status) == (4, "baseline", "completed")
    assert [(m.trial, m.weight) for m in trial.members] == [(1, 0.5), (2, 0.5)]
    stored = [read_predictions(study.paths.trial(n).predictions) for n in (1, 2)]
    for one in stored:
        order = np.argsort(one["indices"])
        np.testing.assert_array_equal(arrays["indices"], one["indices"][order])
    expected = np.mean([one["probabilities"][np.argsort(one["indices"])] for one in stored], axis=0)
    np.testing.assert_allclose(arrays["probabilities"], expected, rtol=1e-6)
    right = arrays["probabilities"].argmax(axis=1) == arrays["labels"]
    assert trial.score == pytest.approx(right.mean())
    assert [(fit.repeat, fit.fold) for fit in trial.fits] == [(0, fold) for fold in range(5)]


def test_no_ensemble_of_one(probed):
    """A single probe is no mean, and a weighted mean needs two that help."""
    assert MEAN_OF_PROBES not in by_name(make_ensembles(probed([0.7, 0.3], probes=1), CostLimits()))
    assert make_ensembles(probed([0.8], probes=1), CostLimits()) == []


def test_what_is_there_is_not_made_again(probed):
    """The same trials give the same ensembles; further trials may give others, under new numbers."""
    study = probed([0.7, 0.72, 0.75])
    made = [trial for trial, _ in make_ensembles(study, CostLimits())]
    assert made
    again = replace(study, trials=(*study.trials, *made))
    assert make_ensembles(again, CostLimits()) == []


def test_limits_keep_members_out(probed):
    """What would make the ensemble too slow is no member, and nothing is made of one alone."""
    study = probed([0.7, 0.72, 0.75])
    made = make_ensembles(study, CostLimits(milliseconds=4.5))
    assert made
    assert all(trial.milliseconds <= 4.5 for trial, _ in made)
    assert make_ensembles(study, CostLimits(milliseconds=1.5)) == []


def test_what_did_not_validate_all_images_is_no_member(probed, make_study):
    """A costly recipe that was given up early has predicted too few images."""
    study = make_study([0.7, 0.72, 0.95], fits=[5, 5, 2])
    trials = [
        replace(t, role="baseline", recipe={**PROBE, "image_size": 64 + t.number})
        if t.number < 3
        else t
        for t in study.trials
    ]
    made = make_ensembles(replace(study, trials=tuple(trials)), CostLimits())
    assert {m.trial for trial, _ in made for m in trial.members} <= {1, 2}


def test_the_ranking_fits_the_weights_again(probed, tmp_path):
    """The study ranks its ensembles, and what it expects of one repeats the choice of the weights."""
    study = probed([0.70, 0.72, 0.74, 0.3])
    made = make_ensembles(study, CostLimits())
    from transfertune.reports import write_predictions

    for trial, arrays in made:
        write_predictions(study.paths.trial(trial.number).predictions, arrays)
    whole = replace(study, trials=(*study.trials, *(trial for trial, _ in made)))
    ranked = {standing.trial.number for standing in whole.ranking.standings}
    assert ranked == {1, 2, 3, 4, *(trial.number for trial, _ in made)}
    assert whole.ranking.expected is not None
    single = whole.with_limits(CostLimits(single=True))
    assert not single.recommended.members
    assert WEIGHTED_MEAN in by_name(made)
