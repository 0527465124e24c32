"""What the report says about calibration."""

import numpy as np
import pytest

from transfertune.reports.analysis.calibration import calibration
from transfertune.reports.page.sections.calibration import calibration_sentence


@pytest.mark.parametrize(
    ("images", "correct", "sure", "verdict"),
    [
        (400, 320, 0.81, "the model is well calibrated"),
        (400, 320, 0.95, "the model is overconfident"),
        (400, 320, 0.60, "the model is underconfident"),
        (8, 7, 0.75, "too few images"),
        (8, 2, 0.95, "the model is overconfident"),
    ],
)
def test_the_verdict_needs_enough_images(images, correct, sure, verdict):
    """Eight images tell a good calibration from a bad one only where the difference is large."""
    found = calibration(np.full(images, sure), np.arange(images) < correct)
    sentence = calibration_sentence({"test": found})
    assert verdict in sentence
    assert f"{images} test images" in sentence
