"""Whether the fits of a trial end when another one is surely better."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.reports import Fit, FitFiles, StudyPaths
from transfertune.tuner.events import unheard
from transfertune.tuner.trials.early_end import is_surely_worse
from transfertune.tuner.trials.trial_job import TrialJob, run_trial

CLASSES = 3
IMAGES = 36


def files_of(paths, number: int, share, slots, labels) -> FitFiles:
    """Write predictions of some folds of four, in which the right class has the probability `share` of its image."""
    files = FitFiles(paths.trial(number), "key", 1)
    for repeat, fold in slots:
        indices = np.arange(fold, IMAGES, 4)
        chances = np.repeat(((1 - share[indices]) / (CLASSES - 1))[:, None], CLASSES, axis=1)
        chances[np.arange(len(indices)), labels[indices]] = share[indices]
        files.add(Fit(1, fold, repeat, 0.5), [], indices, labels[indices], chances)
    files.save()
    return files


@pytest.fixture
def compared(tmp_path):
    """Return what compares two trials, called with their shares and the folds of the first."""
    labels, paths = np.arange(IMAGES) % CLASSES, StudyPaths(tmp_path)
    noise = np.random.default_rng(3).normal(0, 0.05, (2, IMAGES))

    def compare(mine: float, theirs: float, slots=((0, 0), (0, 1))) -> bool:
        files_of(
            paths, 1, np.clip(theirs + noise[0], 0.01, 0.99), [(0, f) for f in range(4)], labels
        )
        files = files_of(paths, 2, np.clip(mine + noise[1], 0.01, 0.99), slots, labels)
        return is_surely_worse(files, paths.trial(1))

    return compare


def test_who_is_far_behind_is_surely_worse(compared):
    """On the images that both validated, by far more than the noise."""
    assert compared(0.4, 0.9)
    assert not compared(0.9, 0.4)


def test_who_is_close_goes_on(compared):
    """A difference within the noise decides nothing."""
    assert not compared(0.79, 0.8)


def test_images_of_another_division_are_no_pairs(compared):
    """The rival validated them with other training images."""
    assert not compared(0.4, 0.9, slots=((1, 0), (1, 1)))


def test_a_rival_without_predictions_is_none(compared, tmp_path):
    """Its folder may have been deleted."""
    compared(0.4, 0.9)
    files = FitFiles(StudyPaths(tmp_path).trial(2), "key", 1)
    assert files.fits
    assert not is_surely_worse(files, StudyPaths(tmp_path).trial(7))


def test_a_hopeless_trial_leaves_fits_out(task, new_recipe, tmp_path):
    """A head that diverges has two of its four fits, and the same ones when it runs again."""
    paths = StudyPaths(tmp_path)
    files_of(paths, 1, np.full(IMAGES, 0.9), [(0, fold) for fold in range(4)], task.labels)
    recipe = new_recipe(dense="none", learning_rate=1.0, batch_size=8, dropout=0.0)

    def fits(number: int, rival):
        job = TrialJob(
            number=number,
            recipe=recipe.as_dict(),
            epochs=1,
            seed=5,
            slots=tuple((0, fold) for fold in range(4)),
            folds=(np.arange(IMAGES) % 4).astype(np.int16)[None],
            folder=paths.trial(number),
            rival=rival,
        )
        return len(run_trial(task, job, unheard).fits)

    assert fits(2, None) == 4
    assert fits(3, paths.trial(1)) < 4
    assert fits(3, paths.trial(1)) == fits(4, paths.trial(1))
