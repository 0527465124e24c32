"""What a model file carries inside: the names of its classes, and how an image becomes its input."""

import json
from dataclasses import asdict, dataclass

import numpy as np

from ...datasets import OWN_RANGE, RESIZES, GrayScale

LABELS = "labels.json"
"""The name of the labels inside a model's file or folder."""
# Pixels per side. A file may come from anyone, and this many pixels are allocated.
LARGEST_IMAGE = 4096
_PERCENTILES = 101


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
    """

    classes: tuple[str, ...]
    image_size: int
    resize: str
    confidences: tuple[float, ...] = ()
    gray: GrayScale = OWN_RANGE

    def least_confidence(self, share: float) -> float:
        """Return the probability that the predicted class of all but a `share` of the validation images had.

        Raises:
            ValueError: The percentiles are not known.
        """
        if not self.confidences:
            raise ValueError("the confidences of the validation images are not known")
        return float(np.interp(100 * share, np.arange(_PERCENTILES), self.confidences))

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
                tuple(map(float, values.get("confidences", ()))),
                GrayScale.from_dict(values.get("gray", {})),
            )
        except (KeyError, OverflowError, RecursionError, TypeError) as error:
            raise ValueError(f"a value is missing: {error}") from error
        if not all(isinstance(name, str) for name in found.classes) or not found.classes:
            raise ValueError("classes must be names")
        if type(found.image_size) is not int or not 1 <= found.image_size <= LARGEST_IMAGE:
            raise ValueError(f"image_size must be a whole number from 1 to {LARGEST_IMAGE}")
        if found.resize not in RESIZES:
            raise ValueError(f"resize must be one of {', '.join(RESIZES)}")
        shares = all(0 <= one <= 1 for one in found.confidences)
        if len(found.confidences) not in (0, _PERCENTILES) or not shares:
            raise ValueError(f"confidences must be {_PERCENTILES} shares")
        return found


def percentiles(confidences: np.ndarray) -> tuple[float, ...]:
    """Return what `Labels` keeps of the confidences (N,) of validation images."""
    return tuple(np.percentile(confidences.astype(float), np.arange(_PERCENTILES)).tolist())
