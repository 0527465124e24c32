"""Classifies image files with an exported model."""

from pathlib import Path

from ...datasets import IMAGE_SUFFIXES, DataError, decode
from ..errors import SearchError
from ..models.predict import Predictions, load_predictor, predict_images, read_labels


def predict(model: str | Path, sources: list[str | Path]) -> Predictions:
    """Classify image files, and all images in folders, as the test images were classified.

    Args:
        model: A file or folder that `export_best` wrote.
        sources: Image files and folders.

    Raises:
        SearchError: The model cannot be loaded or has no labels, or no image can be read.
    """
    model = Path(model)
    if not model.exists():
        raise SearchError(f"There is no model {model}; `tune export-best --out {model}` writes it.")
    labels = read_labels(model)
    paths, unreadable = _readable(_images(sources), labels.image_size, labels.resize)
    if not paths:
        raise SearchError(
            f"No image can be read ({len(unreadable)} tried); the first error: {unreadable[0][1]}."
        )
    probabilities = predict_images(load_predictor(model), paths, labels)
    return Predictions(tuple(paths), labels.classes, probabilities, tuple(unreadable))


def _images(sources: list[str | Path]) -> list[Path]:
    found: list[Path] = []
    for source in map(Path, sources):
        if source.is_dir():
            inside = [p for p in sorted(source.rglob("*")) if p.suffix.lower() in IMAGE_SUFFIXES]
            if not inside:
                raise SearchError(
                    f"There is no image in {source}; an image ends in {' '.join(sorted(IMAGE_SUFFIXES))}."
                )
            found += inside
        elif source.is_file():
            found.append(source)
        else:
            raise SearchError(f"There is no image or folder {source}.")
    return found


def _readable(
    paths: list[Path], size: int, resize: str
) -> tuple[list[Path], list[tuple[Path, str]]]:
    readable, unreadable = [], []
    for path in paths:
        try:
            decode(path, size, resize)
            readable.append(path)
        except DataError as error:
            unreadable.append((path, str(error)))
    return readable, unreadable
