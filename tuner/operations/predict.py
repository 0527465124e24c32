"""Classifies image files with an exported model."""

import glob
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

from ...datasets import IMAGE_SUFFIXES, DataError, decode, ordered_map
from ..errors import SearchError
from ..events import OnEvent, Progress, unheard
from ..models.labels import Labels
from ..models.predict import Predictions, load_predictor, predict_images, read_labels

# The progress of fewer images is not worth a line.
_MANY = 100


def predict(
    model: str | Path,
    sources: Sequence[str | Path],
    *,
    unsure: float = 0.0,
    on_event: OnEvent | None = None,
) -> Predictions:
    """Classify image files, and all images in folders, as the test images were classified.

    Each image is decoded once, while others are classified.

    Args:
        model: A file or folder that `export_best` wrote.
        sources: Image files, folders, and patterns such as `photos/*.jpg`.
        unsure: Images are called unsure when their predicted class is less probable than that of all but this share of
            the validation images, 0 to 1.
        on_event: Called with the progress of 100 images and more.

    Raises:
        SearchError: The model cannot be loaded, has no labels or no confidences, or no image can be read.
    """
    model = Path(model)
    if not model.exists():
        raise SearchError(f"There is no model {model}; `tune export-best --out {model}` writes it.")
    labels = read_labels(model)
    least = _least_confidence(model, labels, unsure)
    found = _images(sources)
    reading = _Reading(found, labels, on_event or unheard)
    images = iter(reading)
    first = next(images, None)
    if first is None:
        raise SearchError(
            f"No image can be read ({len(found)} tried); the first error: {reading.unreadable[0][1]}."
        )
    probabilities = predict_images(load_predictor(model), chain([first], images), labels)
    return Predictions(
        tuple(reading.readable), labels.classes, probabilities, tuple(reading.unreadable), least
    )


def _least_confidence(model: Path, labels: Labels, unsure: float) -> float:
    if not 0 <= unsure <= 1:
        raise SearchError(f"unsure is a share from 0 to 1, but got {unsure!r}.")
    if unsure == 0:
        return 0.0
    try:
        return labels.least_confidence(unsure)
    except ValueError as error:
        raise SearchError(f"{model} cannot say what is unsure: {error}.") from error


class _Reading:
    """Decodes images one after another, and tells those that can be read from the others."""

    def __init__(self, paths: list[Path], labels: Labels, on_event: OnEvent):
        self._paths, self._on_event = paths, on_event
        self._decode = partial(_decoded, size=labels.image_size, resize=labels.resize)
        self.readable: list[Path] = []
        self.unreadable: list[tuple[Path, str]] = []

    def __iter__(self) -> Iterator[np.ndarray]:
        total = len(self._paths)
        results = zip(self._paths, ordered_map(self._decode, self._paths), strict=True)
        for done, (path, result) in enumerate(results, 1):
            if total >= _MANY:
                self._on_event(Progress("classifying images", done, total))
            if isinstance(result, DataError):
                self.unreadable.append((path, str(result)))
            else:
                self.readable.append(path)
                yield result


def _decoded(path: Path, *, size: int, resize: str) -> np.ndarray | DataError:
    try:
        return decode(path, size, resize)
    except DataError as error:
        return error


def _images(sources: Sequence[str | Path]) -> list[Path]:
    found: list[Path] = []
    for source in sources:
        place = Path(source)
        if place.is_dir():
            inside = [p for p in sorted(place.rglob("*")) if p.suffix.lower() in IMAGE_SUFFIXES]
            if not inside:
                raise SearchError(
                    f"There is no image in {place}; an image ends in {' '.join(sorted(IMAGE_SUFFIXES))}."
                )
            found += inside
        elif place.is_file():
            found.append(place)
        else:
            matching = [Path(name) for name in sorted(glob.glob(str(source), recursive=True))]  # noqa: PTH207
            if not matching:
                raise SearchError(f"There is no image or folder {place}.")
            found += [one for one in matching if one.is_file()]
    return found
