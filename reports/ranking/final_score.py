"""The newest score of the retrained model on the test images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import StudyError
from .intervals import Z95, wilson
from .objectives import OBJECTIVES
from .uncertainty.score_noise import Predicted, ScoreNoise

if TYPE_CHECKING:
    from ..study.records import Retrain
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
        interval: the 95 % interval (low, high) of the score: Wilson's; None where it is not known.
        effective_images: of how many images a share of correct predictions would be as sure; None for a log loss, and
            where the predictions are missing.
        by_seed: the scores of all seeds that were trained with, the model's first; empty with one seed.
    """

    trial: int
    score: float | None
    loss: float | None
    images: int
    look: int
    interval: tuple[float, float] | None
    effective_images: float | None
    by_seed: tuple[float, ...] = ()


def final_score(study: Study) -> FinalScore | None:
    """Return the score of the newest retraining, None when there is none or it was not scored on the test images."""
    last = study.retrains[-1] if study.retrains else None
    if last is None or last.test is None:
        return None
    interval, effective = _certainty(study, last.test.score, last.test.images)
    return FinalScore(
        trial=last.trial,
        score=last.test.score,
        loss=last.test.loss,
        images=last.test.images,
        look=last.look,
        interval=interval,
        effective_images=effective,
        by_seed=_by_seed(last),
    )


def _certainty(
    study: Study, score: float | None, images: int
) -> tuple[tuple[float, float] | None, float | None]:
    """Return the interval of a test score, and its number of effective images."""
    objective = OBJECTIVES.get(study.objective)
    if objective is None or score is None or not images:
        return None, None
    if objective.is_share and not 0 <= score <= 1:
        return None, None
    if objective.name == "accuracy":
        return wilson(score, images), float(images)
    try:
        predicted = Predicted.of_test(study.test_predictions())
    except StudyError:
        return None, None
    noise = ScoreNoise(objective, len(predicted.labels))
    if objective.is_share:
        effective = noise.effective_images(predicted)
        return wilson(score, effective), effective
    half = Z95 * noise.error(predicted)
    return (max(0.0, score - half), score + half), None


def _by_seed(retrain: Retrain) -> tuple[float, ...]:
    every = [retrain.test, *(one.test for one in retrain.others)]
    scores = tuple(one.score for one in every if one is not None and one.score is not None)
    return scores if len(scores) > 1 else ()


def surprise(test: FinalScore, expected: Expected) -> float | None:
    """Return by how many standard errors a test score is above what was expected; None for a log loss.

    The standard error is that of both: of the expectation, whose interval is taken as normal, and of the test images.
    """
    if test.effective_images is None or test.score is None or test.effective_images < 2:
        return None
    low, high = expected.interval
    images = test.effective_images
    share = min(max(expected.score, 1 / images), 1 - 1 / images)
    error = math.hypot((high - low) / (2 * Z95), math.sqrt(share * (1 - share) / images))
    return (test.score - expected.score) / error
