"""Load a data set from a folder, an archive, a manifest, an address or a name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..dataset import Dataset, Progress
from ..errors import DataError
from .archive import list_archive
from .folders.class_folders import list_folder
from .kinds import Kind, Source, at_path, identify, name_at
from .named_sets import list_named
from .reading import Listing, read_images
from .remote import local_copy
from .sampling import sample
from .small_classes import without_small_classes
from .tables.manifest import list_manifest
from .tfds import tfds_folder


def load_dataset(
    source: str | Path,
    *,
    cache: Path,
    seed: int = 0,
    per_class: int | None = None,
    min_per_class: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read a data set: every file is opened, hashed and fully decoded once.

    Args:
        source: a folder, an archive (.zip, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz), a .csv or .parquet manifest, an
            address of one of these (s3://, gs://, https://), ``tfds:`` and a name of TensorFlow Datasets, or a name in
            `NAMED`. A name wins over a folder of the same name, which is reached as ``./name`` or as a `Path`.
        cache: where named sets are prepared and what lies elsewhere is copied, in ``datasets/``, and what is known
            of images is kept.
        seed: chooses samples.
        per_class: take only so many images of each class and split, at random.
        min_per_class: leave out classes of which fewer images can be read.
        progress: called with a stage, what is done and the total.

    Raises:
        DataError: there is nothing of that name, or it is not a data set, or nothing in it can
            be read. Single unreadable images are left out and listed in the data set.
    """
    cache = Path(cache)
    for name, number in (("per_class", per_class), ("min_per_class", min_per_class)):
        if number is not None and (not isinstance(number, int) or number < 1):
            raise DataError(f"{name} must be a whole number from 1, but got {number!r}")
    listing = _listing(identify(source), cache, seed, progress)
    if per_class is not None:
        listing = _sampled(listing, per_class, seed)
    dataset = read_images(listing, cache, progress)
    return dataset if min_per_class is None else without_small_classes(dataset, min_per_class)


def list_images(
    source: str | Path, *, cache: Path, seed: int = 0, progress: Progress | None = None
) -> Listing:
    """List the images of a source as `load_dataset` does, without opening them.

    Raises:
        DataError: there is nothing of that name, or it is not a data set.
    """
    return _listing(identify(source), Path(cache), seed, progress)


def _sampled(listing: Listing, per_class: int, seed: int) -> Listing:
    files = sample(listing.files, lambda split: per_class, seed)
    share = f"{len(files):,} of {len(listing.files):,} images"
    note = f"A sample: {share}, at most {per_class:,} of each class and split."
    return replace(listing, files=files, notes=(*listing.notes, note))


def _listing(source: Source, cache: Path, seed: int, progress: Progress | None) -> Listing:
    where = Path(source.where)
    match source.kind:
        case Kind.NAMED:
            return list_named(source.where, cache=cache, seed=seed, progress=progress)
        case Kind.TFDS:
            folder = tfds_folder(source.where, cache, progress)
            return replace(list_folder(folder), name=source.where, source=source.where)
        case Kind.REMOTE:
            return _list_remote(source, cache, seed, progress)
        case Kind.FOLDER:
            return list_folder(where / source.inside)
        case Kind.ARCHIVE:
            return list_archive(where, source.ending, cache, source.inside)
        case Kind.MANIFEST:
            return list_manifest(where)


def _list_remote(source: Source, cache: Path, seed: int, progress: Progress | None) -> Listing:
    address = source.where
    place, notes = local_copy(address, source.ending, cache, progress)
    copy = replace(at_path(place), inside=source.inside)
    try:
        listing = _listing(copy, cache, seed, progress)
    except DataError as error:  # nobody knows where in the cache it lies
        raise DataError(str(error).replace(str(place), address.rstrip("/"))) from error
    name = name_at(address) if copy.kind is Kind.FOLDER else listing.name
    return replace(listing, name=name, notes=(*listing.notes, *notes), source=address)
