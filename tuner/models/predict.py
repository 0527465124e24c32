"""Predicts images with an exported model, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...datasets import stack_batches
from ..errors import SearchError
from .exports.format import Format, Predictor
from .exports.formats import format_of
from .labels import LABELS, Labels

# Every batch is padded to this size, so that an image's probabilities do not depend on the others; hence small.
BATCH = 8
UNSURE = "unsure"


@dataclass(frozen=True)
class Predictions:
    """Class probabilities of images.

    `paths` has the address of an image that was read from one. `probabilities` is float32 (len(paths), len(classes));
    `unreadable` lists (path or address, cause) of the images left out.
    `least_confidence` is the probability of the predicted class below which an image is unsure.
    """

    paths: tuple[Path | str, ...]
    classes: tuple[str, ...]
    probabilities: np.ndarray
    unreadable: tuple[tuple[Path | str, str], ...]
    least_confidence: float = 0.0

    @cached_property
    def unsure(self) -> np.ndarray:
        """Whether each image is unsure, bool (len(paths),)."""
        return self.probabilities.max(axis=1, initial=0.0) < self.least_confidence

    def name(self, image: int) -> str:
        """Return the predicted class of an image, or `"unsure"`."""
        return UNSURE if self.unsure[image] else self.top(image, 1)[0][0]

    def top(self, image: int, count: int) -> list[tuple[str, float]]:
        """Return the `count` most probable classes of an image with their probabilities, best first."""
        row = self.probabilities[image]
        best = np.argsort(-row, kind="stable")[:count]
        return [(self.classes[i], float(row[i])) for i in best]


def read_labels(model: Path) -> Labels:
    """Return the labels that a model carries.

    Raises:
        SearchError: There is no such model, or it has no labels or damaged ones.
    """
    if not model.exists():
        raise SearchError(f"There is no model {model}; `tune export-best --out {model}` writes it.")
    try:
        text = format_of(model).read_labels(model)
    except SearchError:
        raise
    except Exception as error:  # a runtime raises nearly anything on damaged files
        raise SearchError(f"{model} cannot be read: {_one_line(error)}") from error
    if text is None:
        raise SearchError(
            f"{model} is not a model that `tune export-best` wrote: there is no {LABELS} in it."
        )
    try:
        return Labels.from_json(text)
    except ValueError as error:
        raise SearchError(f"{model} has damaged labels ({_one_line(error)}).") from error


def least_confidence(model: Path, labels: Labels, unsure: float) -> float:
    """Return the probability below which an answer is unsure, so that a share of the validation images would be.

    Raises:
        SearchError: The share is not from 0 to 1, or the model does not know the confidences.
    """
    if not 0 <= unsure <= 1:
        raise SearchError(f"unsure is a share from 0 to 1, but got {unsure!r}.")
    if unsure == 0:
        return 0.0
    try:
        return labels.least_confidence(unsure)
    except ValueError as error:
        raise SearchError(f"{model} cannot say what is unsure: {error}; use --unsure 0.") from error


def load_predictor(model: Path) -> Predictor:
    """Return what runs a model.

    Raises:
        SearchError: It cannot be loaded, or its runtime is not installed.
    """
    return load_as(format_of(model), model)


def load_as(kind: Format, model: Path) -> Predictor:
    """Return what runs a model of a format, whatever its name ends in; errors are those of `load_predictor`."""
    try:
        return kind.load(model)
    except SearchError:
        raise
    except Exception as error:  # as above
        raise SearchError(f"{model} cannot be loaded: {_one_line(error)}") from error


def predict_images(
    predictor: Predictor, images: Iterable[np.ndarray], labels: Labels
) -> np.ndarray:
    """Return the class probabilities of images, float32 (N, C).

    Args:
        predictor: What runs the model.
        images: Pixels, uint8 (size, size, 3) each.
        labels: The model's labels.

    Raises:
        SearchError: The model has not as many outputs as its labels have classes.
    """
    parts = []
    for batch in stack_batches(images, BATCH):
        rows = len(batch)
        filled = np.concatenate([batch, np.repeat(batch[-1:], BATCH - rows, axis=0)])
        try:
            parts.append(predictor(filled.astype(np.float32))[:rows])
        except Exception as error:  # the model may come from anyone
            raise SearchError(f"The model does not run: {_one_line(error)}") from error
        if parts[-1].shape[1:] != (len(labels.classes),):
            raise SearchError(
                f"The model has {parts[-1].shape[1]} classes but its labels have {len(labels.classes)}; "
                "export it again."
            )
    return np.concatenate(parts) if parts else np.empty((0, len(labels.classes)), np.float32)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
