"""How well predicted probabilities match the share of correct predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Images whose predicted class has a probability in `low` to `high`: their number, mean confidence and accuracy."""

    low: float
    high: float
    images: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """The bins that hold images, and `error`: the expected calibration error, in 0 to 1.

    The error is the mean distance between confidence and accuracy over the bins, weighted by their images (Naeini,
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
        """Mean probability of the predicted class, in 0 to 1."""
        return sum(one.images * one.confidence for one in self.bins) / self.images

    @property
    def accuracy(self) -> float:
        """Share of correct predictions, in 0 to 1."""
        return sum(one.images * one.accuracy for one in self.bins) / self.images

    @property
    def overconfidence(self) -> float:
        """Mean confidence minus accuracy, in -1 to 1."""
        return self.confidence - self.accuracy


def calibration(
    confidence: np.ndarray, correct: np.ndarray, bins: int = BINS
) -> Calibration | None:
    """Group predictions into bins of equal width by their confidence (N,), in 0 to 1; `correct` is bool (N,).

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
                accuracy=float(correct[inside].mean()),
            )
        )
    distances = sum(one.images * abs(one.confidence - one.accuracy) for one in found)
    return Calibration(tuple(found), float(distances / len(confidence)))
