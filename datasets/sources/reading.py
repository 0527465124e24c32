"""Open, hash and decode every listed file once; unreadable files are left out."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..dataset import Dataset, ImageFile, Progress, Unreadable
from ..environment import pixel_limit
from ..errors import DataError, counted, some
from ..images.decode import refuse_size, why_unopened
from ..ordered_map import ordered_map
from ..statistics.facts_store import FactsStore
from ..statistics.image_facts import look

# `int` reads no number of thousands of digits.
_WHOLE = re.compile(r"-?\d{1,100}")


@dataclass(frozen=True)
class Listed:
    """A file that a source names as an image, before anyone has opened it."""

    path: Path
    class_name: str
    split: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Listing:
    """The files that a source lists, in a fixed order, and notes about what is unusual.

    ``source`` is the archive, address or name that a person knows, where that is not the root.
    """

    name: str
    root: Path
    files: tuple[Listed, ...]
    notes: tuple[str, ...] = ()
    source: str = ""


def read_images(listing: Listing, cache: Path, progress: Progress | None = None) -> Dataset:
    """Read every listed file completely, on threads; the facts of new images are stored in the cache.

    Raises:
        DataError: no file can be read, or none of a class.
    """
    max_pixels = pixel_limit()
    classes = in_order({listed.class_name for listed in listing.files})
    index = {name: label for label, name in enumerate(classes)}
    images: list[ImageFile] = []
    unreadable: list[Unreadable] = []
    with FactsStore(cache) as store:
        work = partial(_digest_or_why, store, max_pixels)
        results = ordered_map(work, (listed.path for listed in listing.files))
        for done, (listed, (digest, why)) in enumerate(zip(listing.files, results, strict=True), 1):
            if why:
                unreadable.append(Unreadable(listed.path, why))
            else:
                label = index[listed.class_name]
                images.append(ImageFile(listed.path, label, listed.split, listed.group, digest))
            if progress:
                progress("reading images", done, len(listing.files))
    dataset = Dataset(
        listing.name,
        listing.root,
        classes,
        tuple(images),
        tuple(unreadable),
        listing.notes,
        source=listing.source,
    )
    _refuse_lost_classes(dataset)
    return dataset


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of classes sorted: as numbers where all are whole numbers, and else as text."""
    found = sorted(set(names))
    if all(_WHOLE.fullmatch(name) for name in found):
        found.sort(key=int)
    return tuple(found)


def _digest_or_why(store: FactsStore, max_pixels: int, path: Path) -> tuple[str, str]:
    """Return (digest, "") of a readable image, or ("", why it is not one)."""
    try:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        known = store.get(digest)
        if known is None:
            store.put(digest, look(data, max_pixels=max_pixels))
        else:
            refuse_size(known.width, known.height, max_pixels)
    except DataError as error:
        return "", str(error)
    except OSError as error:
        return "", why_unopened(error)
    return digest, ""


def _refuse_lost_classes(dataset: Dataset) -> None:
    left = Counter(image.label for image in dataset.images)
    lost = [name for label, name in enumerate(dataset.classes) if not left[label]]
    if not lost:
        return
    first = dataset.unreadable[0]
    example = f"{dataset.relative(first.path)}: {first.why}"
    if len(lost) == len(dataset.classes):
        raise DataError(
            f"{dataset.place}: none of {counted(len(dataset.unreadable), 'image')} can be read "
            f"({example})"
        )
    raise DataError(
        f"{dataset.place}: no image of {some(lost)} can be read ({example}); "
        "replace the files or remove the class"
    )
