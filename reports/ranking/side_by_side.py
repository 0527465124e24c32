"""What one model scores beside the objective: accuracy, balanced accuracy, macro F1 and log loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StudyError
from .objectives import OBJECTIVES
from .uncertainty.score_noise import Predicted

if TYPE_CHECKING:
    from .study import Study

USUAL_SCORES = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss")


@dataclass(frozen=True)
class SideBySide:
    """What one model scores by every usual objective.

    Attributes:
        kind: "validation" or "test".
        trial: the number of the model's trial.
        images: the number of images.
        scores: the score by each name of `USUAL_SCORES`, the mean over the repeats.
    """

    kind: str
    trial: int
    images: int
    scores: dict[str, float]


def side_by_side(study: Study) -> list[SideBySide]:
    """Return what the recommended trial scores on its validation images, and the retrained model on the test images.

    What has no predictions is left out.
    """
    found = []
    if study.candidates and study.recommended is not None:
        found.append(validation_scores(study, study.recommended.number))
    if study.is_scored:
        try:
            predicted = Predicted.of_test(study.test_predictions())
        except StudyError:
            predicted = None
        if predicted is not None and len(predicted.labels):
            found.append(_scores("test", study.retrains[-1].trial, predicted))
    return [one for one in found if one is not None]


def validation_scores(study: Study, number: int) -> SideBySide | None:
    """Return what a trial scores on its validation images, None where its predictions are missing."""
    try:
        stored = study.predictions(number)
    except StudyError:
        return None
    places = np.unique(stored["indices"], return_inverse=True)[1]
    if not len(places):
        return None
    predicted = Predicted(places, stored["labels"], stored["probabilities"], stored["repeats"])
    return _scores("validation", number, predicted)


def _scores(kind: str, trial: int, predicted: Predicted) -> SideBySide:
    images = len(np.unique(predicted.places))
    once = np.ones((1, images))
    scores = {name: float(predicted.scores(OBJECTIVES[name], once)[0]) for name in USUAL_SCORES}
    return SideBySide(kind, trial, images, scores)
