"""Predicts images with an exported model, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...datasets import stack_batches
from ...reports import StudyPaths
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
    `unsure`, bool (len(paths),), says which answers are unsure.
    """

    paths: tuple[Path | str, ...]
    classes: tuple[str, ...]
    probabilities: np.ndarray
    unreadable: tuple[tuple[Path | str, str], ...]
    unsure: np.ndarray

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
    if StudyPaths(model).log.exists():
        raise SearchError(f"{model} is a study; give its model, {StudyPaths(model).model}.")
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
            f"{model} has no {LABELS} in it: it is damaged, or `tune export-best` did not write it; export it again."
        )
    try:
        return Labels.from_json(text)
    except ValueError as error:
        raise SearchError(f"{model} has damaged labels ({_one_line(error)}).") from error


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
    return run_images(lambda pixels: (predictor(pixels),), images, labels)[0]


def run_images(
    run: Callable[[np.ndarray], tuple[np.ndarray, ...]],
    images: Iterable[np.ndarray],
    labels: Labels,
) -> list[np.ndarray]:
    """Return all that a model gives for images, (N, …) each, the class probabilities first; see `predict_images`."""
    batches: list[list[np.ndarray]] = []
    for batch in stack_batches(images, BATCH):
        rows = len(batch)
        filled = np.concatenate([batch, np.repeat(batch[-1:], BATCH - rows, axis=0)])
        try:
            batches.append([part[:rows] for part in run(filled.astype(np.float32))])
        except Exception as error:  # the model may come from anyone
            raise SearchError(f"The model does not run: {_one_line(error)}") from error
        shape = batches[-1][0].shape
        if shape[1:] != (len(labels.classes),):
            raise SearchError(
                f"The model has {shape[1]} classes but its labels have {len(labels.classes)}; export it again."
            )
    if not batches:
        return [np.empty((0, len(labels.classes)), np.float32)]
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
