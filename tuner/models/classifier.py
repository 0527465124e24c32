"""An exported model that classifies images, and says which of its answers are unsure."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SearchError
from .exports.format import Predictor
from .exports.formats import format_of
from .exports.keras_file import (
    KERAS,
    Judge,
    judge_of,
    load_model,
    predictor_of,
    read_familiarity,
)
from .predict import load_predictor, predict_images, read_labels, run_images

if TYPE_CHECKING:
    import keras


class Classifier:
    """Classifies images with a model, whatever its format; it is loaded when the first image comes.

    Args:
        model: A file or folder that `export_best` wrote.
        unsure: Answers are unsure that are less certain than those of all but this share of the validation images.

    Attributes:
        labels: What the model says of itself.

    Raises:
        SearchError: There is no such model, it has no labels or damaged ones, the share is not from 0 to 1, or the
            model does not know how certain the validation images are.
    """

    def __init__(self, model: Path, unsure: float = 0.0):
        if not 0 <= unsure <= 1:
            raise SearchError(f"unsure is a share from 0 to 1, but got {unsure!r}.")
        self.labels = read_labels(model)
        self._model, self._share = model, unsure
        self._is_keras = format_of(model) is KERAS
        knows = self._is_keras and self.labels.distances
        self._familiarity = read_familiarity(model) if knows else None
        try:
            self.labels.unsure(np.empty((0, len(self.labels.classes))), None, unsure)
        except ValueError as error:
            raise SearchError(
                f"{model} cannot say what is unsure: {error}; use --unsure 0."
            ) from error

    @cached_property
    def network(self) -> "keras.Model | None":
        """The Keras model, None where it is none."""
        return load_model(self._model) if self._is_keras else None

    def predict(self, images: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the class probabilities of images, float32 (N, C), and their distances (N,), None if not known.

        Args:
            images: Pixels, uint8 (size, size, 3) each.

        Raises:
            SearchError: The model cannot be loaded, does not run, or has other outputs than its labels say.
        """
        if self._judge is None:
            return predict_images(self._predictor, images, self.labels), None
        probabilities, *distances = run_images(self._judge, images, self.labels)
        return probabilities, distances[0] if distances else np.empty(0, np.float32)

    def classify(self, images: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the class probabilities of images, float32 (N, C), and whether each answer is unsure, bool (N,)."""
        if self._share == 0:  # distances would cost time for nothing
            probabilities = predict_images(self._predictor, images, self.labels)
            return probabilities, np.zeros(len(probabilities), bool)
        probabilities, distances = self.predict(images)
        return probabilities, self.labels.unsure(probabilities, distances, self._share)

    @cached_property
    def _judge(self) -> Judge | None:
        known = self._familiarity
        return judge_of(self.network, known) if self.network and known else None

    @cached_property
    def _predictor(self) -> Predictor:
        return predictor_of(self.network) if self.network else load_predictor(self._model)
