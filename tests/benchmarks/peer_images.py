"""The images of a run of `peers.py`: a draw of the development images, all test images, and the folds they share."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from transfertune.datasets import DataError, cross_folds, find_duplicates, load_dataset
from transfertune.tuner.seeds import derive_seed

FOLDS = 5


@dataclass(frozen=True)
class DrawnImages:
    """The images of one seed: `paths`, `labels` and `folds` as in `PeerTask`."""

    manifest: Path
    paths: tuple[str, ...]
    labels: tuple[int, ...]
    folds: tuple[int, ...]
    classes: int


def draw_images(data: Path, count: int | None, seed: int, folder: Path) -> DrawnImages:
    """Draw the images of a seed and write them as a manifest.

    The folds are those of the program's own cross-validation with this seed: stratified, with copies and near
    duplicates together.

    Args:
        data: what `--data` takes, with a stated test split.
        count: about how many development images to draw, the same of each class; all when None.
        seed: decides the draw and the folds.
        folder: where the manifest is written, and what is known of the images is kept.

    Raises:
        DataError: there is no stated test split, or a class has too few images.
    """
    source = load_dataset(data, cache=folder / "facts")
    test = np.array([image.split == "test" for image in source.images])
    if not test.any():
        raise DataError(f"{data}: no test images; put them into a folder test/ beside train/")
    chosen = np.sort(
        np.concatenate([np.flatnonzero(test), _draw(source.labels, ~test, count, seed)])
    )
    manifest = folder / f"images-{seed}.csv"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label", "split"))
        for i in chosen:
            image = source.images[i]
            split = "test" if test[i] else "train"
            rows.writerow((image.path.resolve(), source.classes[image.label], split))
    dataset = load_dataset(manifest, cache=folder / "facts")
    dataset = find_duplicates(dataset, cache=folder / "facts")
    development = np.flatnonzero([image.split != "test" for image in dataset.images])
    divided = cross_folds(dataset, development, FOLDS, seed=derive_seed(seed, "folds"))
    if divided is None:
        raise DataError(f"{data}: every class needs at least 2 training images to be divided")
    folds = np.full(len(dataset.images), -1)
    folds[development] = divided
    return DrawnImages(
        manifest,
        tuple(str(image.path) for image in dataset.images),
        tuple(dataset.labels.tolist()),
        tuple(folds.tolist()),
        len(dataset.classes),
    )


def _draw(labels: np.ndarray, free: np.ndarray, count: int | None, seed: int) -> np.ndarray:
    if count is None:
        return np.flatnonzero(free)
    rng = np.random.default_rng(seed)
    classes = np.unique(labels)
    each = max(2, count // len(classes))
    return np.concatenate(
        [rng.permutation(np.flatnonzero(free & (labels == c)))[:each] for c in classes]
    )
