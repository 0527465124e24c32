"""The named data sets: one row each, with how its folder is filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..atomic_write import atomic_folder
from ..dataset import Progress
from ..errors import DataError
from ..file_lock import file_lock
from .downloads import cifar10, food101
from .downloads.download import Archive, fetch
from .drawn.drawing import DRAWING_VERSION
from .drawn.folder import draw_folder
from .folders.class_folders import list_folder
from .reading import Listing
from .sampling import sample


@dataclass(frozen=True)
class NamedSet:
    """A data set by name.

    ``fill(folder)`` draws into an empty folder, ``fill(archive, folder)`` unpacks into one, in
    either case with a progress callable last. ``folder`` is its name below ``cache/datasets/``, shared by sets that
    draw on the same images. ``sample`` says how many images of each class and split are taken (None: all).
    """

    title: str
    source: str
    folder: str
    fill: Callable[..., None]
    archive: Archive | None = None
    sample: dict[str | None, int] | None = None


NAMED: dict[str, NamedSet] = {
    "cifar10": NamedSet(
        title="CIFAR-10: 60,000 images of 32 x 32 pixels in 10 classes",
        source="https://www.cs.toronto.edu/~kriz/cifar.html",
        folder="cifar10",
        fill=cifar10.unpack,
        archive=cifar10.ARCHIVE,
    ),
    "cifar10_10000": NamedSet(
        title="CIFAR-10, a sample: 1,000 training and 200 test images per class",
        source="https://www.cs.toronto.edu/~kriz/cifar.html",
        folder="cifar10",
        fill=cifar10.unpack,
        archive=cifar10.ARCHIVE,
        sample={"train": 1000, "test": 200},
    ),
    "cifar10_small": NamedSet(
        title="CIFAR-10, a sample: 200 training and 50 test images per class",
        source="https://www.cs.toronto.edu/~kriz/cifar.html",
        folder="cifar10",
        fill=cifar10.unpack,
        archive=cifar10.ARCHIVE,
        sample={"train": 200, "test": 50},
    ),
    "drawn": NamedSet(
        title="Drawn shapes: 6 classes, 30 training and 20 test images each, no download",
        source="drawn by this program",
        folder=f"drawn_{DRAWING_VERSION}",
        fill=draw_folder,
    ),
    "food10": NamedSet(
        title="Food-101, ten dishes: 10,000 images, official split",
        source="https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/",
        folder="food10",
        fill=partial(food101.unpack, classes=food101.TEN_CLASSES),
        archive=food101.ARCHIVE,
    ),
    "food101": NamedSet(
        title="Food-101: 101,000 images of 101 dishes, official split",
        source="https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/",
        folder="food101",
        fill=food101.unpack,
        archive=food101.ARCHIVE,
    ),
    "food10_small": NamedSet(
        title="Food-101, ten dishes, a sample: 75 training and 25 test images per class",
        source="https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/",
        folder="food10",
        fill=partial(food101.unpack, classes=food101.TEN_CLASSES),
        archive=food101.ARCHIVE,
        sample={"train": 75, "test": 25},
    ),
}


def list_named(
    name: str, *, cache: Path, seed: int = 0, progress: Progress | None = None
) -> Listing:
    """List a named set, preparing its folder first where that has not been done.

    Raises:
        DataError: the download failed or is damaged, or the folder cannot be written.
    """
    row = NAMED[name]
    root = Path(cache).expanduser().absolute() / "datasets"
    folder = root / row.folder
    if not folder.is_dir():
        try:
            _prepare(row, folder, progress)
        except OSError as error:
            why = error.strerror or error
            raise DataError(
                f"{name}: cannot be prepared in the cache, {root} ({why}); "
                "set TRANSFERTUNE_CACHE to another folder"
            ) from error
    listing = list_folder(folder)
    files = sample(listing.files, row.sample.__getitem__, seed) if row.sample else listing.files
    notes = listing.notes
    if Path(name).is_dir():
        notes += (f"{name} is the named set; the folder of that name here is ./{name}.",)
    return replace(listing, name=name, files=files, notes=notes, source=name)


def _prepare(row: NamedSet, folder: Path, progress: Progress | None) -> None:
    """Fill the folder; a folder that exists is complete."""
    with file_lock(folder.with_name(f".{folder.name}.lock")):
        if folder.is_dir():
            return
        sources = []
        if row.archive:
            sources = [fetch(row.archive, folder.parent / "downloads", progress)]
        with atomic_folder(folder) as part:
            row.fill(*sources, part, progress=progress)
