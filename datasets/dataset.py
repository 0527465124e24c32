"""What is learned from: labelled images that have been opened, hashed and found readable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

SPLITS = ("train", "validation", "test")

Progress = Callable[[str, int, int], None]
"""Called with a stage in a few words, what is done, and the total in the same unit (0: unknown)."""


@dataclass(frozen=True)
class ImageFile:
    """One readable image.

    ``split`` is train, validation, test, or None where the source does not say; images of one
    ``group`` belong together and never land in two splits; ``digest`` is the SHA-256 of the
    file's bytes in hexadecimal.
    """

    path: Path
    label: int
    split: str | None
    group: str | None
    digest: str


@dataclass(frozen=True)
class Unreadable:
    """A file that was named as an image and left out, with the reason in a few words."""

    path: Path
    why: str


@dataclass(frozen=True)
class Dataset:
    """Images in a fixed order (by path), each with a label that indexes ``classes``.

    ``notes`` say in whole sentences what was ignored or is unusual about the source. ``alike`` are groups of indices of
    images that show the same, once someone has looked for them (`with_alike`).
    """

    name: str
    root: Path
    classes: tuple[str, ...]
    images: tuple[ImageFile, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...] = ()
    alike: tuple[tuple[int, ...], ...] = ()

    @cached_property
    def labels(self) -> np.ndarray:
        """The label of every image: int64 of shape (images,), read-only."""
        labels = np.array([image.label for image in self.images], dtype=np.int64)
        labels.flags.writeable = False
        return labels

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the class names, of every image's content, label, split and group, and of which are alike.

        It depends on the order of the images, since indices refer to it, and not on where the
        folder lies or what the files are called.
        """
        rows = [[p.digest, p.label, p.split, p.group] for p in self.images]
        told = [self.classes, rows, *([self.alike] if self.alike else [])]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def relative(self, path: Path) -> str:
        """Return an image's path as people read it: from the root, or whole if outside."""
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()
