"""Predicts images with an exported model file."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.packages import not_installed
from ..errors import SearchError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Predictions:
    """Class probabilities of images.

    `probabilities` is float32 (len(paths), len(classes)); `unreadable` lists (path, cause) of the images left out.
    """

    paths: tuple[Path, ...]
    classes: tuple[str, ...]
    probabilities: np.ndarray
    unreadable: tuple[tuple[Path, str], ...]

    def top(self, image: int, count: int) -> list[tuple[str, float]]:
        """Return the `count` most probable classes of an image with their probabilities, best first."""
        row = self.probabilities[image]
        best = np.argsort(-row, kind="stable")[:count]
        return [(self.classes[i], float(row[i])) for i in best]


def predict_files(model: Path, labels: dict[str, Any], paths: list[Path]) -> np.ndarray:
    """Return the class probabilities of readable image files, float32 (N, C).

    Args:
        model: A .keras file.
        labels: Its `classes`, `image_size` and `resize`.
        paths: The image files.

    Raises:
        SearchError: The model cannot be loaded, or does not fit its labels.
    """
    from ..keras_setup import prepare_keras

    prepare_keras()
    from .assemble import predict_images

    probabilities = predict_images(_load(model), paths, labels["image_size"], labels["resize"])
    count = len(labels["classes"])
    if probabilities.shape[1] != count:
        raise SearchError(
            f"{model} has {probabilities.shape[1]} classes but its labels file has {count}; export it again."
        )
    return probabilities


def _load(model: Path) -> keras.Model:
    import keras

    if not zipfile.is_zipfile(model):
        raise SearchError(f"{model} is not a .keras file, or is damaged; export the model again.")
    try:
        return keras.models.load_model(model, compile=False, safe_mode=True)
    except Exception as error:  # the file may come from anyone and contain anything
        if "keras_hub" in str(error) and find_spec("keras_hub") is None:
            raise SearchError(f"{model} cannot be loaded: {not_installed('keras_hub')}.") from error
        raise SearchError(
            f"{model} cannot be loaded as a Keras model: {' '.join(str(error).split())[:200]}"
        ) from error
