"""The newest score of the retrained model on the test images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .intervals import Z95, wilson

if TYPE_CHECKING:
    from .selection_bias import Expected
    from .study import Study


@dataclass(frozen=True)
class FinalScore:
    """A score of the retrained model on the test images.

    Attributes:
        trial: the number of the trial that was retrained.
        score: the value of the objective, None where it is not a number.
        loss: the mean log loss in nats, None where it is not a number.
        images: the number of test images.
        look: how many times the test images had been scored by then, this time included.
        interval: the 95 % interval (low, high) of an accuracy (Wilson), None for other objectives.
    """

    trial: int
    score: float | None
    loss: float | None
    images: int
    look: int
    interval: tuple[float, float] | None


def final_score(study: Study) -> FinalScore | None:
    """Return the score of the newest retraining, None when there is none or it was not scored on the test images."""
    last = study.retrains[-1] if study.retrains else None
    if last is None or last.test is None:
        return None
    score, images = last.test.score, last.test.images
    share = study.objective == "accuracy" and score is not None and 0 <= score <= 1
    return FinalScore(
        trial=last.trial,
        score=score,
        loss=last.test.loss,
        images=images,
        look=last.look,
        interval=wilson(score, images) if score is not None and share and images else None,
    )


def surprise(test: FinalScore, expected: Expected) -> float | None:
    """Return by how many standard errors a test accuracy is above what was expected; None for other objectives.

    The standard error is that of both: of the expectation, whose interval is taken as normal, and of the test images.
    """
    if test.interval is None or test.score is None or test.images < 2:
        return None
    low, high = expected.interval
    share = min(max(expected.score, 1 / test.images), 1 - 1 / test.images)
    error = math.hypot((high - low) / (2 * Z95), math.sqrt(share * (1 - share) / test.images))
    return (test.score - expected.score) / error
