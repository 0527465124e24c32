"""Shows where in images a model sees a class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...datasets import stack_batches
from ...reports import (
    WORST_MISTAKES,
    Study,
    image_paths,
    predictions_on_validation,
    why_unwritable,
    write_beside,
)
from ..errors import SearchError
from ..events import OnEvent, unheard
from ..keras_setup import prepare_keras
from ..models.labels import Labels
from ..models.overlay import is_overlay, overlay_jpeg
from ..models.predict import BATCH, predict_images, read_labels
from .image_reading import FoundImage, ImageReading


@dataclass(frozen=True)
class Explained:
    """An image's overlay: the class that it shows, its probability, and the file that was written."""

    path: Path | str
    name: str
    probability: float
    overlay: Path


def explain(
    model: str | Path,
    sources: Sequence[str | Path],
    out: str | Path,
    *,
    name: str | None = None,
    cache: Path | None = None,
    on_event: OnEvent | None = None,
) -> tuple[list[Explained], list[tuple[Path | str, str]]]:
    """Write an overlay for each image: the image as the model sees it, coloured where it speaks for a class.

    `transfertune.tuner.models.explain.class_maps` has the method.

    Args:
        model: A `.keras` file that `export_best` wrote.
        sources: Image files, folders, patterns such as `photos/*.jpg`, and addresses (s3://, gs://, https://) of images
            and folders.
        out: The folder to write to; it is made. Overlays of an earlier call are removed from it.
        name: The class to look for; each image's most probable class when None.
        cache: Takes copies of images at addresses; the user's cache folder when None.
        on_event: Called with the progress of 100 images and more, and of copying.

    Returns:
        What was written, and (path or address, cause) of the images that cannot be read.

    Raises:
        SearchError: The model is no `.keras` file or cannot be explained, there is no such class, the folder cannot be
            written, or no image can be read.
    """
    model = Path(model)
    if model.suffix != ".keras":
        raise SearchError(f"An explanation needs a .keras file, but got {model}.")
    labels = read_labels(model)
    if name is not None and name not in labels.classes:
        raise SearchError(f"The model has no class {name!r}; it has {', '.join(labels.classes)}.")
    why = why_unwritable(Path(out))
    if why is not None:
        raise SearchError(f"{why}; give another folder for the overlays.")
    reading = ImageReading(sources, labels, on_event or unheard, cache)

    def wanted(image: FoundImage, probabilities: np.ndarray) -> int:
        return int(probabilities.argmax()) if name is None else labels.classes.index(name)

    def place(image: FoundImage, number: int) -> Path:
        return Path(out) / f"{number:04d}_{image.file.stem}.jpg"

    found = _explained(model, labels, reading, wanted, place)
    if not found:
        raise reading.nothing_readable()
    _remove_earlier(Path(out), {one.overlay for one in found})
    return found, reading.unreadable


def explain_mistakes(
    study: Study, *, on_event: OnEvent | None = None
) -> tuple[list[Explained], list[tuple[Path | str, str]]]:
    """Write overlays of the worst mistakes of the retrained trial into the study, where its report finds them.

    The mistakes are those of fits that were not trained on the image. The overlay shows where the retrained model sees
    the class that was predicted.

    Args:
        study: The study, whose images are where its header says.
        on_event: Called with the progress.

    Returns:
        What `explain` returns.

    Raises:
        SearchError: No model was retrained, or it cannot be explained.
    """
    trial = study.retrains[-1].trial if study.retrains else None
    held_out = None if trial is None else predictions_on_validation(study, trial)
    if held_out is None:
        raise SearchError(
            f"{study.folder} has no retrained model with validation predictions; run `tune retrain` first."
        )
    labels = read_labels(study.paths.model)
    paths, root = image_paths(study, held_out), Path(study.header.data.root)
    wrong = {}
    for row in held_out.mistakes()[:WORST_MISTAKES]:
        index = int(held_out.indices[row])
        if index in paths:
            wrong[root / paths[index]] = index, int(held_out.predicted[row])
    if not wrong:
        return [], []
    reading = ImageReading(list(wrong), labels, on_event or unheard)
    found = _explained(
        study.paths.model,
        labels,
        reading,
        lambda image, _: wrong[image.file][1],
        lambda image, _: study.paths.mistake(wrong[image.file][0]),
    )
    return found, reading.unreadable


def _explained(
    model: Path,
    labels: Labels,
    reading: ImageReading,
    wanted: Callable[[FoundImage, np.ndarray], int],
    place: Callable[[FoundImage, int], Path],
) -> list[Explained]:
    """Write the overlays of the images that are read.

    Args:
        model: The `.keras` file.
        labels: Its labels.
        reading: The images.
        wanted: Returns the class to look for in an image with these probabilities (C,).
        place: Returns where an image's overlay goes, also by its number, from 1.
    """
    prepare_keras()
    from ..models.explain import class_maps
    from ..models.exports.keras_file import load_model, predictor_of

    found: list[Explained] = []
    loaded = load_model(model)
    predictor = predictor_of(loaded)
    for batch in stack_batches(reading, BATCH):
        images = reading.readable[len(found) : len(found) + len(batch)]
        probabilities = predict_images(predictor, batch, labels)
        chosen = np.array([wanted(*pair) for pair in zip(images, probabilities, strict=True)])
        maps = class_maps(loaded, batch.astype(np.float32), chosen)
        for i, image in enumerate(images):
            overlay = place(image, len(found) + 1)
            write_beside(overlay, overlay_jpeg(batch[i], maps[i]))
            share = float(probabilities[i, chosen[i]])
            found.append(Explained(image.name, labels.classes[chosen[i]], share, overlay))
    return found


def _remove_earlier(folder: Path, written: set[Path]) -> None:
    """Remove the overlays of earlier calls; every other file stays."""
    for file in folder.glob("*.jpg"):
        if file not in written and is_overlay(file):
            file.unlink()
