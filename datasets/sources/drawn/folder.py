"""The named set ``drawn``: six shapes, 30 training and 20 test images each, always the same."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from ...dataset import Progress
from .drawing import draw_images
from .shapes import DRAWN_CLASSES

SIZE = 64
"""Pixels a side."""
COUNTS = {"train": 30, "test": 20}
"""Images per class."""
SEED = 0


def draw_folder(folder: Path, progress: Progress | None = None) -> None:
    """Fill an empty folder with train/ and test/ folders of PNG files."""
    per_class = sum(COUNTS.values())
    pixels, labels = draw_images(DRAWN_CLASSES, per_class, SIZE, SEED)
    for i, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        number = i % per_class
        split = "train" if number < COUNTS["train"] else "test"
        path = folder / split / DRAWN_CLASSES[label] / f"{number:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
        if progress:
            progress("drawing images", i + 1, len(pixels))
