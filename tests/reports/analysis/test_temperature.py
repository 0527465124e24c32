"""Temperatures that lower the loss, and none where it may be luck."""

import numpy as np
import pytest

from transfertune.reports import log_loss
from transfertune.reports.analysis.temperature import fit_temperature, scaled


def predictions(images: int, temperature: float, seed: int = 0):
    """Return labels that were drawn with probabilities, and these at a wrong temperature."""
    rng = np.random.default_rng(seed)
    true = rng.dirichlet(np.full(4, 0.5), images).astype(np.float32)
    labels = np.array([rng.choice(4, p=row / row.sum()) for row in true.astype(float)])
    return labels, scaled(true, temperature)


@pytest.mark.parametrize("wrong", [0.5, 2.0])
def test_the_wrong_temperature_is_undone(wrong):
    """Overconfident and underconfident predictions get back what they were drawn with."""
    labels, probabilities = predictions(2000, wrong)
    found = fit_temperature(labels, probabilities)
    assert found == pytest.approx(1 / wrong, rel=0.1)
    assert log_loss(labels, scaled(probabilities, found)) < log_loss(labels, probabilities)


def test_calibrated_predictions_stay():
    """What a temperature gains there is noise."""
    stay = [fit_temperature(*predictions(500, 1.0, seed)) for seed in range(10)]
    assert stay.count(1.0) >= 8


def test_few_images_stay():
    """Five cannot show that a temperature helps, and one cannot be divided."""
    labels, probabilities = predictions(2000, 2.0)
    assert fit_temperature(labels[:5], probabilities[:5]) == 1.0
    assert fit_temperature(labels[:1], probabilities[:1]) == 1.0


def test_scaling_keeps_the_order_and_the_sum():
    """Zeros included; a temperature of 1 changes nothing."""
    rows = np.array([[0.0, 0.2, 0.8], [1.0, 0.0, 0.0]], np.float32)
    for temperature in (0.3, 1.0, 4.0):
        found = scaled(rows, temperature)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
        assert (found.argmax(axis=1) == rows.argmax(axis=1)).all()
    np.testing.assert_allclose(scaled(rows, 1.0), rows, atol=1e-6)
