"""A request: its job, half the batch after a lack of memory, and the trial that comes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from transfertune.reports import StudyPaths
from transfertune.search_spaces import Recipe
from transfertune.tuner.scheduling.request import TrialRequest
from transfertune.tuner.seeds import derive_seed
from transfertune.tuner.trials.trial_job import Outcome

FOLDS_OF_IMAGES = np.zeros((1, 40), np.int16)


@pytest.fixture
def paths(tmp_path) -> StudyPaths:
    """The files of a study."""
    return StudyPaths(tmp_path)


def job_of(request: TrialRequest, paths: StudyPaths, seed: int = 7):
    """Return the request's job in a study with this seed."""
    return request.job(paths, FOLDS_OF_IMAGES, seed=seed, deadline=None)


def test_memory_gets_half_the_batch_once(new_request):
    """The note says so; the second lack of memory has no smaller request."""
    request = new_request()
    smaller = request.with_smaller_batch(40)
    assert (request.recipe["batch_size"], smaller.recipe["batch_size"]) == (8, 4)
    assert "ran out of memory with batches of 8" in smaller.note
    assert replace(smaller, recipe=request.recipe, note=None) == request
    assert smaller.with_smaller_batch(40) is None


def test_further_fits_keep_their_batch(new_request, new_trial):
    """They must be fits of the same recipe as the first ones."""
    assert new_request(trial=new_trial(1)).with_smaller_batch(40) is None


def test_a_batch_of_one_cannot_be_halved(new_request):
    """Then the trial fails."""
    recipe = {**new_request().recipe, "batch_size": 1}
    assert new_request(recipe=recipe).with_smaller_batch(40) is None


def test_a_recipe_has_its_seed(new_request, paths):
    """It derives from the study's seed and the recipe, and not from the number of the trial."""
    request = new_request()
    key = Recipe.from_dict(request.recipe).key
    assert job_of(request, paths).seed == derive_seed(7, "fit", key)
    assert job_of(new_request(2), paths).seed == job_of(request, paths).seed
    assert job_of(request, paths, seed=8).seed != job_of(request, paths).seed


def test_a_job_continues_where_its_trial_says(new_request, paths):
    """The folder is the trial's own; only a trial that continues another starts from that one's folder."""
    first = job_of(new_request(4), paths)
    assert (first.folder, first.resume) == (paths.trial(4), None)
    second = job_of(new_request(5, record={"continues": 4}), paths)
    assert (second.folder, second.resume) == (paths.trial(5), paths.trial(4))


def test_an_outcome_becomes_a_trial(new_request, new_trial):
    """A completed one has its sizes and what the strategy receives; a failed one has its cause."""
    request = new_request(2, record={"name": "random"}, note="a note").started_now()
    assert request.begun
    fit = new_trial(2).fits[0]
    outcome = Outcome(
        0.75, loss=0.5, fits=(fit,), parameters={"total": 1_000_000}, milliseconds=2.0
    )
    trial = request.ended(outcome, by_loss=True)
    assert (trial.number, trial.status, trial.reported, trial.megabytes) == (
        2,
        "completed",
        0.5,
        4.0,
    )
    assert (trial.strategy, trial.note, trial.started) == (
        request.record,
        "a note",
        request.started,
    )
    assert request.ended(outcome, by_loss=False).reported == 0.75
    failed = request.ended(Outcome(None, "it diverged"), by_loss=True)
    assert (failed.status, failed.cause, failed.megabytes) == ("failed", "it diverged", None)


def test_fits_that_were_left_out_are_noted(new_request, new_trial):
    """A trial that a rival ended says after how many fits, beside what was changed before."""
    request = new_request(2, slots=((0, 0), (0, 1), (0, 2)), rival=1)
    outcome = Outcome(0.5, loss=0.9, fits=new_trial(2, fits=2).fits)
    ended = "ended after 2 of 3 fits, surely worse than trial 1"
    assert request.ended(outcome, by_loss=True).note == ended
    noted = replace(request, note="half the batch").ended(outcome, by_loss=True)
    assert noted.note == f"half the batch; {ended}"
    assert request.ended(Outcome(None, "it diverged"), by_loss=True).note is None


def test_further_fits_become_a_record(new_request, new_trial):
    """It adds them to the finished trial."""
    fit = new_trial(1).fits[0]
    record = (
        new_request(trial=new_trial(1))
        .started_now()
        .further_fits(Outcome(0.6, loss=0.4, fits=(fit,)))
    )
    assert (record.score, record.loss, record.fits) == (0.6, 0.4, (fit,))
