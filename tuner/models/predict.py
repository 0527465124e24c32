"""Classifies images with an exported model."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...datasets import IMAGE_SUFFIXES, DataError, decode
from ..errors import SearchError
from .card import read_labels


@dataclass(frozen=True)
class Predictions:
    """Class probabilities of images.

    `probabilities` is float32 (len(paths), len(classes)); `unreadable` lists (path, why) of what was left out.
    """

    paths: tuple[Path, ...]
    classes: tuple[str, ...]
    probabilities: np.ndarray
    unreadable: tuple[tuple[Path, str], ...]

    def top(self, image: int, count: int) -> list[tuple[str, float]]:
        """Return the `count` most probable classes of an image, best first."""
        row = self.probabilities[image]
        best = np.argsort(-row, kind="stable")[:count]
        return [(self.classes[i], float(row[i])) for i in best]


def predict(model: str | Path, sources: list[str | Path]) -> Predictions:
    """Classify image files, and all images in folders, as the test images were classified.

    Raises:
        SearchError: the model cannot be loaded or has no labels, or there is no image to read.
    """
    model = Path(model)
    if not model.is_file():
        raise SearchError(
            f"There is no model {model}; `tune export-best --out {model}` writes one."
        )
    labels = read_labels(model)
    size, resize = labels["image_size"], labels["resize"]
    paths, unreadable = _readable(_images(sources), size, resize)
    if not paths:
        raise SearchError(f"No image can be read, of {len(unreadable)}; {unreadable[0][1]}.")
    from ..keras_setup import prepare_keras

    prepare_keras()
    from .assemble import predict_images

    probabilities = predict_images(_load(model), paths, size, resize)
    classes = tuple(labels["classes"])
    if probabilities.shape[1] != len(classes):
        raise SearchError(
            f"{model} has {probabilities.shape[1]} classes but its labels file has {len(classes)}; export it again."
        )
    return Predictions(tuple(paths), classes, probabilities, tuple(unreadable))


def _load(model: Path):
    import keras

    if not zipfile.is_zipfile(model):
        raise SearchError(f"{model} is no .keras file, or a damaged one; export the model again.")
    try:
        return keras.models.load_model(model, compile=False, safe_mode=True)
    except Exception as error:  # whatever is in the file, it is not a model of ours
        raise SearchError(
            f"{model} cannot be loaded as a Keras model: {' '.join(str(error).split())[:200]}"
        ) from error


def _images(sources: list[str | Path]) -> list[Path]:
    found: list[Path] = []
    for source in map(Path, sources):
        if source.is_dir():
            inside = [p for p in sorted(source.rglob("*")) if p.suffix.lower() in IMAGE_SUFFIXES]
            if not inside:
                raise SearchError(
                    f"There is no image in {source}; known endings are {' '.join(sorted(IMAGE_SUFFIXES))}."
                )
            found += inside
        elif source.is_file():
            found.append(source)
        else:
            raise SearchError(f"There is no image or folder {source}.")
    return found


def _readable(paths: list[Path], size: int, resize: str):
    readable, unreadable = [], []
    for path in paths:
        try:
            decode(path, size, resize)
            readable.append(path)
        except DataError as error:
            unreadable.append((path, str(error)))
    return readable, unreadable
