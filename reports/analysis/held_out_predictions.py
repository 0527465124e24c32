"""Predictions of images that the model was not fitted on: validation images out of fold, or the test images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StudyError
from ..study.frames import class_names

if TYPE_CHECKING:
    from ..ranking.study import Study


# How many single mistakes are shown, the worst ones.
WORST_MISTAKES = 16


@dataclass(frozen=True)
class HeldOutPredictions:
    """Predictions of N images and C classes, one row per image.

    Attributes:
        kind: "validation" or "test".
        trial: the number of the trial whose recipe was fitted.
        indices: int64 (N,), the images' indices in the study.
        labels: int64 (N,), the true classes.
        probabilities: float64 (N, C), averaged over the repeats.
        names: the names of the classes, C of them.
        repeats: the largest number of predictions that were averaged for an image.
    """

    kind: str
    trial: int
    indices: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    names: tuple[str, ...]
    repeats: int = 1

    @property
    def predicted(self) -> np.ndarray:
        """The most probable class of each image, int64 (N,)."""
        return self.probabilities.argmax(axis=1)

    @property
    def correct(self) -> np.ndarray:
        """Whether the class of each image is predicted correctly, bool (N,)."""
        return self.predicted == self.labels

    @property
    def confidence(self) -> np.ndarray:
        """The probability of the predicted class, float64 (N,) in 0 to 1."""
        return self.probabilities.max(axis=1)

    def worst_first(self, rows: np.ndarray) -> list[int]:
        """Return rows by the probability of their correct class, the lowest first."""
        given = self.probabilities[rows, self.labels[rows]]
        return [int(row) for row in rows[np.argsort(given, kind="stable")]]

    def mistakes(self) -> list[int]:
        """Return the rows whose class is predicted wrongly, the worst first."""
        return self.worst_first(np.flatnonzero(~self.correct))


def predictions_on_validation(study: Study, number: int) -> HeldOutPredictions | None:
    """Return a trial's predictions of its validation images, averaged over the repeats; None when it has none."""
    try:
        arrays = study.predictions(number)
    except StudyError:
        return None
    return _held_out(study, "validation", number, arrays)


def recommended_predictions(study: Study) -> HeldOutPredictions | None:
    """Return what the recommended trial said of its validation images, out of fold."""
    winner = study.ranking.recommended
    return None if winner is None else predictions_on_validation(study, winner.number)


def predictions_on_test(study: Study) -> HeldOutPredictions | None:
    """Return the retrained model's predictions of the test images; None when they are missing or damaged."""
    if not study.is_scored:
        return None
    try:
        arrays = study.test_predictions()
    except StudyError:
        return None
    return _held_out(study, "test", study.retrains[-1].trial, arrays)


def _held_out(
    study: Study, kind: str, number: int, arrays: dict[str, np.ndarray]
) -> HeldOutPredictions | None:
    usable = np.isfinite(arrays["probabilities"]).all(axis=1)
    indices, where, counts = np.unique(
        arrays["indices"][usable], return_inverse=True, return_counts=True
    )
    if not len(indices):
        return None
    probabilities = np.zeros((len(indices), arrays["probabilities"].shape[1]))
    np.add.at(probabilities, where, arrays["probabilities"][usable])
    labels = np.zeros(len(indices), np.int64)
    labels[where] = arrays["labels"][usable]
    return HeldOutPredictions(
        kind=kind,
        trial=number,
        indices=indices.astype(np.int64),
        labels=labels,
        probabilities=probabilities / counts[:, None],
        names=class_names(study.classes, probabilities.shape[1]),
        repeats=int(counts.max()),
    )


def image_paths(study: Study, predictions: HeldOutPredictions) -> dict[int, str]:
    """Return the paths of the predicted images by their index; images that the study does not list are left out."""
    try:
        paths = study.images_frame()["path"].to_dict()
    except StudyError:
        return {}
    return {index: paths[index] for index in predictions.indices.tolist() if index in paths}
