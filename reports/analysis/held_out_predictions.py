"""What a model said of images that it was not fitted on: the ground for all that is told of classes and mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StudyError
from ..study.frames import class_names

if TYPE_CHECKING:
    from ..ranking.study import Study


@dataclass(frozen=True)
class Evidence:
    """One row per image: indices (N,), labels (N,) int64, probabilities (N, C); `names` of the classes, (C,).

    `kind` is "validation" or "test"; `trial` is the number of the trial whose recipe was fitted; `repeats` counts the
    predictions of an image that were averaged.
    """

    kind: str
    trial: int
    indices: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    names: tuple[str, ...]
    repeats: int = 1

    @property
    def named(self) -> np.ndarray:
        """The most probable class of each image, (N,) int64."""
        return self.probabilities.argmax(axis=1)

    @property
    def right(self) -> np.ndarray:
        """Whether each image was named right, (N,) bool."""
        return self.named == self.labels

    @property
    def confidence(self) -> np.ndarray:
        """The probability of the named class, (N,) in 0 to 1."""
        return self.probabilities.max(axis=1)


def validation_evidence(study: Study, number: int) -> Evidence | None:
    """Give back a trial's predictions of its validation images, averaged over the repeats; None without any."""
    try:
        arrays = study.predictions(number)
    except StudyError:
        return None
    return _evidence(study, "validation", number, arrays)


def test_evidence(study: Study) -> Evidence | None:
    """Give back the retrained model's predictions of the test images; None when there are none to read."""
    if not study.retrains:
        return None
    try:
        arrays = study.test_predictions()
    except StudyError:
        return None
    return _evidence(study, "test", study.retrains[-1].trial, arrays)


def _evidence(
    study: Study, kind: str, number: int, arrays: dict[str, np.ndarray]
) -> Evidence | None:
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
    return Evidence(
        kind=kind,
        trial=number,
        indices=indices.astype(np.int64),
        labels=labels,
        probabilities=probabilities / counts[:, None],
        names=class_names(study.classes, probabilities.shape[1]),
        repeats=int(counts.max()),
    )


def image_paths(study: Study, evidence: Evidence) -> dict[int, str]:
    """Give back where the images of the evidence are, by their index; those that are not known are left out."""
    try:
        paths = study.images_frame()["path"].to_dict()
    except StudyError:
        return {}
    return {index: paths[index] for index in evidence.indices.tolist() if index in paths}
