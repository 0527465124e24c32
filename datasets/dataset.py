"""A data set: labelled images that have been opened, hashed and found readable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .gray import OWN_RANGE, GrayScale

SPLITS = ("train", "validation", "test")

Progress = Callable[[str, int, int], None]
"""Called with the stage in a few words, the amount done, and the total in the same unit (0: unknown)."""


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
    """A file that was listed as an image and left out, with the reason in a few words."""

    path: Path
    why: str


@dataclass(frozen=True)
class Dataset:
    """Images in a fixed order (by path), each with a label that indexes ``classes``.

    ``notes`` are whole sentences about what was ignored or is unusual in the source. ``duplicates`` are groups of
    indices of images that show the same; it is empty until `find_duplicates` or `check_dataset` has found them.
    ``source`` is the archive, address or name that the images came from, where they lie in the cache. ``gray`` is the
    scale of more than 8 bits of gray, once it is known which images are trained on.
    """

    name: str
    root: Path
    classes: tuple[str, ...]
    images: tuple[ImageFile, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...] = ()
    duplicates: tuple[tuple[int, ...], ...] = ()
    source: str = ""
    gray: GrayScale = OWN_RANGE

    @property
    def place(self) -> str:
        """Where a person finds the images: the ``source``, or else the root."""
        return self.source or str(self.root)

    @cached_property
    def labels(self) -> np.ndarray:
        """The label of every image: int64 of shape (images,), read-only."""
        labels = np.array([image.label for image in self.images], dtype=np.int64)
        labels.flags.writeable = False
        return labels

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the class names, of every image's content, label, split and group, and of the duplicates.

        The order of the images counts, since indices refer to it; the folder and the files' names do not.
        """
        rows = [[p.digest, p.label, p.split, p.group] for p in self.images]
        values = [self.classes, rows, *([self.duplicates] if self.duplicates else [])]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()

    def relative(self, path: Path) -> str:
        """Return a path relative to the root, or the whole path of a file outside the root."""
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()
