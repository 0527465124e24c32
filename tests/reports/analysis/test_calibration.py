"""How sure against how right."""

import numpy as np
import pytest

from transfertune.reports.analysis.calibration import calibration


def test_sure_and_right_alike_has_no_error():
    """Images named with 70 % of which 70 % are right are calibrated."""
    found = calibration(np.full(10, 0.7), np.arange(10) < 7)
    assert found.error == pytest.approx(0)
    assert [(one.low, one.images) for one in found.bins] == [(0.7, 10)]


def test_overconfidence_is_the_distance():
    """Always sure and half right is an error of one half, towards sureness."""
    found = calibration(np.ones(8), np.arange(8) % 2 == 0)
    assert found.error == found.overconfidence == pytest.approx(0.5)
    assert found.bins[-1].high == 1


def test_bins_are_weighted_by_their_images():
    """The error is the mean distance over the images, not over the bins."""
    sure = np.array([0.95] * 9 + [0.55])
    found = calibration(sure, np.array([True] * 9 + [False]))
    assert found.error == pytest.approx(0.9 * 0.05 + 0.1 * 0.55)


def test_nothing_is_nothing():
    """Without images there is no calibration."""
    assert calibration(np.zeros(0), np.zeros(0, bool)) is None
