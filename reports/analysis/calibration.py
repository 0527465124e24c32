"""Whether a model is as sure as it is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Images whose named class got a probability in `low` to `high`: their number, mean sureness and accuracy."""

    low: float
    high: float
    images: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """The bins that hold images, and `error`: the expected calibration error, in 0 to 1.

    The error is the mean distance between sureness and accuracy over the bins, weighted by their images (Naeini,
    Cooper and Hauskrecht, AAAI 2015). Few images in a bin make it too large.
    """

    bins: tuple[Bin, ...]
    error: float

    @property
    def images(self) -> int:
        """The number of images."""
        return sum(one.images for one in self.bins)

    @property
    def confidence(self) -> float:
        """Mean probability of the named class, in 0 to 1."""
        return sum(one.images * one.confidence for one in self.bins) / self.images

    @property
    def accuracy(self) -> float:
        """Share of images named right."""
        return sum(one.images * one.accuracy for one in self.bins) / self.images

    @property
    def overconfidence(self) -> float:
        """Mean sureness minus accuracy, in -1 to 1."""
        return self.confidence - self.accuracy


def calibration(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> Calibration | None:
    """Sort confidences (N,) in 0 to 1 of the named classes, and whether they were right (N,), into equal bins.

    None without images.
    """
    if not len(confidence):
        return None
    numbers = np.clip((confidence * bins).astype(int), 0, bins - 1)
    found = []
    for number in np.unique(numbers):
        inside = numbers == number
        found.append(
            Bin(
                low=float(number / bins),
                high=float((number + 1) / bins),
                images=int(inside.sum()),
                confidence=float(confidence[inside].mean()),
                accuracy=float(right[inside].mean()),
            )
        )
    distances = sum(one.images * abs(one.confidence - one.accuracy) for one in found)
    return Calibration(tuple(found), float(distances / len(confidence)))
