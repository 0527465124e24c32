"""The ensembles of a study: which are made, of what, and that they are made once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from transfertune.datasets import Policy
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


def ensembles_of(study, **limits):
    """Return the ensembles that a study gives."""
    return make_ensembles(study, CostLimits(**limits), number=1 + len(study.trials))


def by_name(made):
    """Return the ensembles by how they came about."""
    return {trial.strategy["name"]: (trial, arrays) for trial, arrays in made}


def test_the_mean_of_the_probes_is_a_baseline(probed):
    """It has the plain mean of their predictions of every image, scored as a trial is."""
    study = probed([0.7, 0.72, 0.3])
    trial, arrays = by_name(ensembles_of(study))[MEAN_OF_PROBES]
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
    assert MEAN_OF_PROBES not in by_name(ensembles_of(probed([0.7, 0.3], probes=1)))
    assert ensembles_of(probed([0.8], probes=1)) == []


def test_what_is_there_is_not_made_again(probed):
    """The same trials give the same ensembles; further trials may give others, under new numbers."""
    study = probed([0.7, 0.72, 0.75])
    made = [trial for trial, _ in ensembles_of(study)]
    assert made
    again = replace(study, trials=(*study.trials, *made))
    assert ensembles_of(again) == []


def test_limits_keep_members_out(probed):
    """What would make the ensemble too slow is no member, and nothing is made of one alone."""
    study = probed([0.7, 0.72, 0.75])
    made = ensembles_of(study, milliseconds=4.5)
    assert made
    assert all(trial.milliseconds <= 4.5 for trial, _ in made)
    assert ensembles_of(study, milliseconds=1.5) == []


def test_what_did_not_validate_all_images_is_no_member(probed, make_study):
    """A costly recipe that was given up early has predicted too few images."""
    study = make_study([0.7, 0.72, 0.95], fits=[5, 5, 2])
    trials = [
        replace(t, role="baseline", recipe={**PROBE, "image_size": 64 + t.number})
        if t.number < 3
        else t
        for t in study.trials
    ]
    made = ensembles_of(replace(study, trials=tuple(trials)))
    assert made
    assert {m.trial for trial, _ in made for m in trial.members} == {1, 2}


def test_the_ranking_fits_the_weights_again(probed, tmp_path):
    """The study ranks its ensembles, and what it expects of one repeats the choice of the weights."""
    study = probed([0.70, 0.72, 0.74, 0.3])
    made = ensembles_of(study)
    from transfertune.reports import write_predictions

    for trial, arrays in made:
        write_predictions(study.paths.trial(trial.number).predictions, arrays)
    whole = replace(study, trials=(*study.trials, *(trial for trial, _ in made)))
    ranked = {standing.trial.number for standing in whole.ranking.standings}
    assert ranked == {1, 2, 3, 4, *(trial.number for trial, _ in made)}
    stored = by_name(made)[WEIGHTED_MEAN][0]
    other = {**stored.strategy, "name": "something else"}  # its weights are then as they are
    fixed = replace(whole, trials=(*whole.trials[:-1], replace(stored, strategy=other)))
    assert whole.recommended == fixed.recommended == stored or not whole.recommended.members
    assert 0 < whole.ranking.expected.score <= 1
    single = whole.with_limits(CostLimits(single=True))
    assert not single.recommended.members
    assert whole.ranking.single == single.recommended
    assert WEIGHTED_MEAN in by_name(made)


def test_contenders_of_hold_outs_are_combined(make_study):
    """Where some have validated more hold-outs than others, their mean has validated as many."""
    policy = Policy("hold-outs", 5, 1, first_fits=1, costly_fits=1, fits=5)
    study = make_study([0.7, 0.72, 0.71], fits=[3, 3, 1], policy=policy)
    ((trial, arrays),) = ensembles_of(study)
    assert {member.trial for member in trial.members} == {1, 2}
    assert len(arrays["indices"]) == len(study.predictions(1)["indices"])


def test_another_pool_is_another_ensemble(probed):
    """Trials that change no weight by a hundredth still belong to what the bootstrap chooses from."""
    study = probed([0.7, 0.72, 0.75])
    made = [trial for trial, _ in ensembles_of(study)]
    known = [replace(t, strategy={**t.strategy, "pool": t.strategy["pool"][:-1]}) for t in made]
    again = ensembles_of(replace(study, trials=(*study.trials, *known)))
    assert [trial.strategy for trial, _ in again] == [trial.strategy for trial in made]
