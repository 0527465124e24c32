"""Small images, folders of them, and data sets that exist only in memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import Dataset, ImageFile


@pytest.fixture
def draw() -> Callable[..., Path]:
    """Write one small image of random colours; the path's text is its seed."""

    def write(path: Path, size: tuple[int, int] = (12, 10), **options: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = int.from_bytes(hashlib.sha256(os.fsencode(path.as_posix())).digest()[:4], "big")
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path, **options)
        return path

    return write


@pytest.fixture
def make_folder(tmp_path: Path, draw: Callable[..., Path]) -> Callable[..., Path]:
    """Write a folder with the given number of images in each (possibly nested) class folder."""

    def make(counts: dict[str, int], name: str = "pets") -> Path:
        root = tmp_path / name
        root.mkdir()
        for folder, count in counts.items():
            (root / folder).mkdir(parents=True)
            for number in range(count):
                draw(root / folder / f"{number:03d}.png")
        return root

    return make


@pytest.fixture(scope="session")
def in_memory() -> Callable[..., Dataset]:
    """Build a data set of files that nobody opens, from labels, splits and groups."""

    def build(
        labels: Sequence[int],
        splits: Sequence[str | None] | None = None,
        groups: Sequence[str | None] | None = None,
        classes: int | None = None,
    ) -> Dataset:
        images = tuple(
            ImageFile(
                path=Path(f"/pets/{number:04d}.png"),
                label=label,
                split=splits[number] if splits else None,
                group=groups[number] if groups else None,
                digest=f"{number:064x}",
            )
            for number, label in enumerate(labels)
        )
        count = max(labels, default=-1) + 1 if classes is None else classes
        names = tuple(f"class_{label}" for label in range(count))
        return Dataset("pets", Path("/pets"), names, images, ())

    return build
