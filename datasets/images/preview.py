"""A grid of images beside their augmented views."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from ..dataset import Dataset
from .augment import augment
from .decode import decode
from .mixup import mixup

_GAP = 4
_LINE = 14


def preview_views(
    dataset: Dataset, strength: str, *, images: int, views: int, size: int, seed: int
) -> Image.Image:
    """Return a grid with one row per image: the image, then its views. The classes alternate.

    Raises:
        DataError: an image cannot be read, or the augmentation is unknown.
    """
    chosen = _chosen(dataset, images, seed)
    rows = []
    for i in chosen:
        pixels = decode(dataset.images[i].path, size)
        made = [augment(pixels, strength, seed=seed, image=i, view=v) for v in range(views)]
        rows.append([pixels, *made])
    names = [dataset.classes[dataset.images[i].label] for i in chosen]
    return _grid(rows, names, ["as it is", *(f"view {v + 1}" for v in range(views))])


def preview_mix(
    dataset: Dataset, kind: str, *, alpha: float, images: int, views: int, size: int, seed: int
) -> Image.Image:
    """Return a grid with one row per image: the image, then mixes with others; shares are from Beta(alpha, alpha).

    Raises:
        DataError: an image cannot be read, or ``kind`` is unknown.
    """
    chosen = _chosen(dataset, images, seed)
    pixels = np.stack([decode(dataset.images[i].path, size) for i in chosen])
    rng = np.random.default_rng(seed)
    mixes = [mixup([pixels], kind, alpha=alpha, rng=rng) for _ in range(views)]
    rows = [[pixels[i], *(mixed.arrays[0][i] for mixed in mixes)] for i in range(len(chosen))]
    names = [dataset.classes[dataset.images[i].label] for i in chosen]
    return _grid(rows, names, ["as it is", *(f"share {mixed.share:.2f}" for mixed in mixes)])


def _chosen(dataset: Dataset, images: int, seed: int) -> list[int]:
    """Return indices of training images, the classes taking turns."""
    rng = np.random.default_rng(seed)
    order = [
        i
        for i in rng.permutation(len(dataset.images)).tolist()
        if dataset.images[i].split != "test"
    ]
    turn: dict[int, int] = {}
    turns = []
    for i in order:
        label = dataset.images[i].label
        turn[label] = turn.get(label, -1) + 1
        turns.append((turn[label], label, i))
    return [i for _, _, i in sorted(turns)[:images]]


def _grid(rows: list[list[np.ndarray]], names: list[str], heads: list[str]) -> Image.Image:
    size = rows[0][0].shape[0]
    across, down = size + _GAP, size + _GAP + _LINE
    grid = Image.new("RGB", (across * len(heads) + _GAP, down * len(rows) + _LINE + _GAP), "white")
    pen = ImageDraw.Draw(grid)
    for column, head in enumerate(heads):
        pen.text((_GAP + column * across, 2), head, fill="black")
    for line, (row, name) in enumerate(zip(rows, names, strict=True)):
        top = _LINE + line * down
        pen.text((_GAP, top), name, fill="gray")
        for column, pixels in enumerate(row):
            grid.paste(Image.fromarray(pixels), (_GAP + column * across, top + _LINE))
    return grid
