"""What a strategy is told of a trial that has validated only a part of the images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from transfertune.reports import StudyPaths, log_loss, write_predictions
from transfertune.tuner.scheduling.comparable_loss import with_comparable_loss

IMAGES, FITS = 40, 4


@pytest.fixture
def paths(tmp_path):
    """The study's files."""
    return StudyPaths(tmp_path)


@pytest.fixture
def predicted(paths, new_trial):
    """Return the maker of trials with stored predictions of the first images: a chance of the right class for each."""

    def make(number: int, chances, fits: int, **values):
        right = np.asarray(chances, np.float32)
        labels = np.arange(len(right)) % 2
        both = np.where(np.eye(2, dtype=bool)[labels], right[:, None], 1 - right[:, None])
        arrays = {"indices": np.arange(len(right)), "labels": labels, "probabilities": both}
        write_predictions(paths.trial(number).predictions, arrays)
        loss = log_loss(labels, both)
        return new_trial(number, loss, fits=fits, reported=loss, **values)

    return make


@pytest.fixture
def probe(predicted):
    """A probe to which the first ten images are harder than the others."""
    recipe = {"backbone": "drawn_net", "classifier": "logistic"}
    return predicted(1, [0.3] * 10 + [0.8] * 30, FITS, role="baseline", recipe=recipe)


def test_hard_images_are_taken_into_account(paths, predicted, probe):
    """A trial that is as good as the probe on the hard images is reported as good as the probe on all."""
    trial = predicted(2, [0.3] * 10, 1)
    assert trial.reported > probe.loss
    found = with_comparable_loss(trial, [probe], paths, FITS)
    assert found.reported == pytest.approx(probe.loss)
    assert found.loss == trial.loss


def test_a_trial_of_all_images_is_as_it_is(paths, predicted, probe):
    """So is any without a probe to compare with, and a failure."""
    whole = predicted(2, [0.5] * IMAGES, FITS)
    assert with_comparable_loss(whole, [probe], paths, FITS) is whole
    part = predicted(3, [0.5] * 10, 1)
    assert with_comparable_loss(part, [whole], paths, FITS) is part
    failed = replace(part, status="failed", score=None, reported=None)
    assert with_comparable_loss(failed, [probe], paths, FITS) is failed
