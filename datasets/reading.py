"""Open, hash and decode every listed file once; what cannot be read is set aside."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .dataset import Dataset, Picture, Progress, Unreadable
from .decode import decode_bytes, pixel_limit, why_unopened
from .errors import DataError, counted, some
from .in_order import in_order

_TRIAL_SIZE = 32
"""Pixels a side to which a picture is decoded to see that all of it can be."""


@dataclass(frozen=True)
class Listed:
    """A file that a source names as a picture, before anyone has opened it."""

    path: Path
    class_name: str
    split: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Listing:
    """What a source says there is, in a fixed order, and what is unusual about it."""

    name: str
    root: Path
    files: tuple[Listed, ...]
    notes: tuple[str, ...] = ()


def read_pictures(listing: Listing, progress: Progress | None = None) -> Dataset:
    """Read every listed file completely, on threads.

    Raises:
        DataError: no file can be read, or none of a class.
    """
    pixel_limit()  # a mistake in it is not every picture's
    classes = tuple(sorted({listed.class_name for listed in listing.files}))
    index = {name: label for label, name in enumerate(classes)}
    pictures: list[Picture] = []
    unreadable: list[Unreadable] = []
    results = in_order(_digest_or_why, (listed.path for listed in listing.files))
    for done, (listed, (digest, why)) in enumerate(zip(listing.files, results, strict=True), 1):
        if why:
            unreadable.append(Unreadable(listed.path, why))
        else:
            label = index[listed.class_name]
            pictures.append(Picture(listed.path, label, listed.split, listed.group, digest))
        if progress:
            progress("reading pictures", done, len(listing.files))
    dataset = Dataset(
        listing.name, listing.root, classes, tuple(pictures), tuple(unreadable), listing.notes
    )
    _refuse_lost_classes(dataset)
    return dataset


def _digest_or_why(path: Path) -> tuple[str, str]:
    """Return (digest, "") of a readable picture, or ("", why it is not one)."""
    try:
        data = path.read_bytes()
        decode_bytes(data, _TRIAL_SIZE)
    except DataError as error:
        return "", str(error)
    except OSError as error:
        return "", why_unopened(error)
    return hashlib.sha256(data).hexdigest(), ""


def _refuse_lost_classes(dataset: Dataset) -> None:
    left = Counter(picture.label for picture in dataset.pictures)
    lost = [name for label, name in enumerate(dataset.classes) if not left[label]]
    if not lost:
        return
    first = dataset.unreadable[0]
    example = f"{dataset.relative(first.path)}: {first.why}"
    if len(lost) == len(dataset.classes):
        raise DataError(
            f"{dataset.root}: none of {counted(len(dataset.unreadable), 'picture')} can be read "
            f"({example})"
        )
    raise DataError(
        f"{dataset.root}: no picture of {some(lost)} can be read ({example}); "
        "replace the files or remove the class"
    )
