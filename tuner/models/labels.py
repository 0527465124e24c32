"""What a model file carries inside: the names of its classes, and how an image becomes its input."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ...datasets import OWN_RANGE, RESIZES, GrayScale

LABELS = "labels.json"
"""The name of the labels inside a model's file or folder."""
# Pixels per side. A file may come from anyone, and this many pixels are allocated.
LARGEST_IMAGE = 4096
_PERCENTILES = 101
_KNOWN = ("confidences", "distances", "certainties")


@dataclass(frozen=True)
class Labels:
    """What a model file says of itself.

    Attributes:
        classes: The names of the classes in the order of the output.
        image_size: Pixels a side of the input.
        resize: How images become square.
        confidences: The 101 percentiles of the probability of the predicted class over the validation images, lowest
            first; empty where they are not known.
        gray: Which values of gray of more than 8 bits are black and white.
        distances: Those of how far they are from the other training images; empty where this is not known.
        certainties: Those of their `certainty`.
    """

    classes: tuple[str, ...]
    image_size: int
    resize: str
    confidences: tuple[float, ...] = ()
    gray: GrayScale = OWN_RANGE
    distances: tuple[float, ...] = ()
    certainties: tuple[float, ...] = ()

    def unsure(
        self, probabilities: np.ndarray, distances: np.ndarray | None, share: float
    ) -> np.ndarray:
        """Return which answers are less certain than those of all but a `share` of the validation images, bool (N,).

        Args:
            probabilities: Those of N images, (N, C).
            distances: How far they are from the training images, (N,); the probabilities alone decide when None.
            share: From 0 to 1; with 0 no answer is unsure.

        Raises:
            ValueError: The percentiles are not known.
        """
        confidences = probabilities.max(axis=1, initial=0.0)
        if share == 0:
            return np.zeros(len(confidences), bool)
        if distances is None:
            return confidences < self.least_confidence(share)
        certainties = certainty(confidences, distances, self.confidences, self.distances)
        return certainties < _at(self.certainties, share)

    def least_confidence(self, share: float) -> float:
        """Return the probability that the predicted class of all but a `share` of the validation images had.

        Raises:
            ValueError: The percentiles are not known.
        """
        if not self.confidences:
            raise ValueError("the confidences of the validation images are not known")
        return _at(self.confidences, share)

    def to_json(self) -> str:
        """Return the text that `from_json` reads."""
        values = {**asdict(self), "gray": self.gray.as_dict()}
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Labels":
        """Return the labels of a text.

        Raises:
            ValueError: The text is damaged, or has impossible values.
        """
        try:
            values = json.loads(text)
            if not isinstance(values["classes"], list):
                raise ValueError("classes must be a list")
            found = cls(
                tuple(values["classes"]),
                values["image_size"],
                values["resize"],
                gray=GrayScale.from_dict(values.get("gray", {})),
                **{name: tuple(map(float, values.get(name, ()))) for name in _KNOWN},
            )
        except (KeyError, OverflowError, RecursionError, TypeError) as error:
            raise ValueError(f"a value is missing: {error}") from error
        if not all(isinstance(name, str) for name in found.classes) or not found.classes:
            raise ValueError("classes must be names")
        if type(found.image_size) is not int or not 1 <= found.image_size <= LARGEST_IMAGE:
            raise ValueError(f"image_size must be a whole number from 1 to {LARGEST_IMAGE}")
        if found.resize not in RESIZES:
            raise ValueError(f"resize must be one of {', '.join(RESIZES)}")
        for name in _KNOWN:
            known, most = getattr(found, name), math.inf if name == "distances" else 1
            if len(known) not in (0, _PERCENTILES) or not all(0 <= one <= most for one in known):
                raise ValueError(f"{name} must be {_PERCENTILES} numbers from 0 to {most}")
        if found.distances and not (found.confidences and found.certainties):
            raise ValueError("distances need confidences and certainties")
        return found


def percentiles(values: np.ndarray) -> tuple[float, ...]:
    """Return what `Labels` keeps of a value of validation images, (N,)."""
    return tuple(np.percentile(values.astype(float), np.arange(_PERCENTILES)).tolist())


def certainty(
    confidences: np.ndarray,
    distances: np.ndarray,
    known_confidences: Sequence[float],
    known_distances: Sequence[float],
) -> np.ndarray:
    """Return the share of validation images that are less confident, or twice the share that is farther if less, (N,).

    Args:
        confidences: The probability of the predicted class of N images, (N,).
        distances: How far they are from the training images, (N,).
        known_confidences: The percentiles of the validation images' confidences.
        known_distances: Those of their distances.
    """
    shares = np.linspace(0, 1, _PERCENTILES)
    less_confident = np.interp(confidences, known_confidences, shares)
    return np.minimum(less_confident, 2 * (1 - np.interp(distances, known_distances, shares)))


def _at(known: Sequence[float], share: float) -> float:
    return float(np.interp(100 * share, np.arange(_PERCENTILES), known))
