"""What a model answers for the bytes of an image."""

import base64
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import DataError, decode_bytes
from ..errors import SearchError
from ..models.classifier import Classifier
from ..models.overlay import overlay_jpeg


@dataclass(frozen=True)
class Answer:
    """What the model says of one image.

    Attributes:
        name: The name of the image.
        answer: The most probable class; None if the image cannot be read.
        probability: Its probability.
        unsure: Whether the answer is less certain than those of nearly all validation images.
        probabilities: Those of all classes, the most probable first.
        overlay: A data address of where the model sees the class; None where it cannot say.
        error: Why the image cannot be read.
    """

    name: str
    answer: str | None = None
    probability: float | None = None
    unsure: bool = False
    probabilities: dict[str, float] | None = None
    overlay: str | None = None
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values."""
        return asdict(self)


class Answers:
    """Classifies images, one after another, also when it is asked from several threads.

    Args:
        model: A file or folder that `export_best` wrote.
        unsure: The share of validation images that would be called unsure.

    Raises:
        SearchError: The model cannot be loaded, has no labels, or no confidences although `unsure` is above 0.
    """

    def __init__(self, model: Path, unsure: float):
        self._classifier = Classifier(model, unsure)
        self.labels = self._classifier.labels
        self._network = self._classifier.network
        self._classifier.classify([])
        self._one_at_a_time = threading.Lock()

    def of(self, name: str, data: bytes) -> Answer:
        """Return the answer for an image file's bytes."""
        try:
            labels = self.labels
            pixels = decode_bytes(data, labels.image_size, labels.resize, gray=labels.gray)
        except DataError as error:
            return Answer(name, error=str(error))
        with self._one_at_a_time:
            (shares,), (doubtful,) = self._classifier.classify([pixels])
            best = int(shares.argmax())
            overlay = self._overlay(pixels, best)
        order = np.argsort(-shares, kind="stable")
        return Answer(
            name,
            answer=self.labels.classes[best],
            probability=float(shares[best]),
            unsure=bool(doubtful),
            probabilities={self.labels.classes[i]: float(shares[i]) for i in order},
            overlay=overlay,
        )

    def _overlay(self, pixels: np.ndarray, label: int) -> str | None:
        if self._network is None:
            return None
        from ..models.explain import class_maps

        try:
            maps = class_maps(self._network, pixels[None].astype(np.float32), np.array([label]))
        except SearchError:
            self._network = None  # it never can
            return None
        return "data:image/jpeg;base64," + base64.b64encode(overlay_jpeg(pixels, maps[0])).decode()
