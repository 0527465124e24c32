"""Load a data set from a folder, an archive, a manifest, an address or a name."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ..dataset import Dataset, Progress
from ..errors import DataError, did_you_mean
from .archive import ARCHIVE_SUFFIX, unpacked
from .folder import list_folder
from .manifest import MANIFEST_SUFFIXES, list_manifest
from .named_sets import NAMED, list_named
from .reading import Listing, read_images
from .remote import is_address, local_copy
from .sampling import sample
from .tfds import PREFIX, tfds_folder


def load_dataset(
    source: str | Path,
    *,
    cache: Path,
    seed: int = 0,
    per_class: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read a data set: every file is opened, hashed and fully decoded once.

    Args:
        source: a folder, a .zip file, a .csv or .parquet manifest, an address of one of these (s3://, gs://,
            https://), ``tfds:`` and a name of TensorFlow Datasets, or a name in `NAMED`. A name wins over a
            folder of the same name, which is reached as ``./name`` or as a `Path`.
        cache: where named sets are prepared and what lies elsewhere is copied, in ``datasets/``, and what is known
            of images is kept.
        seed: chooses samples.
        per_class: take only so many images of each class and split, at random.
        progress: called with a stage, what is done and the total.

    Raises:
        DataError: there is nothing of that name, or it is not a data set, or nothing in it can
            be read. Single unreadable images are left out and listed in the data set.
    """
    cache = Path(cache)
    if per_class is not None and (not isinstance(per_class, int) or per_class < 1):
        raise DataError(f"per_class must be a whole number from 1, but got {per_class!r}")
    listing = _listing(source, cache, seed, progress)
    if per_class is not None:
        listing = _sampled(listing, per_class, seed)
    return read_images(listing, cache, progress)


def _sampled(listing: Listing, per_class: int, seed: int) -> Listing:
    files = sample(listing.files, lambda split: per_class, seed)
    share = f"{len(files):,} of {len(listing.files):,} images"
    note = f"A sample: {share}, at most {per_class:,} of each class and split."
    return replace(listing, files=files, notes=(*listing.notes, note))


def _listing(source: str | Path, cache: Path, seed: int, progress: Progress | None) -> Listing:
    if isinstance(source, Path):
        return _list_path(source, cache)
    if source in NAMED:
        return list_named(source, cache=cache, seed=seed, progress=progress)
    if source.startswith(PREFIX):
        return replace(list_folder(tfds_folder(source, cache, progress)), name=source)
    if is_address(source):
        place, notes = local_copy(source, cache, progress)
        try:
            listing = _list_path(place, cache)
        except DataError as error:  # nobody knows where in the cache it lies
            raise DataError(str(error).replace(str(place), source.rstrip("/"))) from error
        name = source.split("?")[0].rstrip("/").rpartition("/")[2] or source
        return replace(listing, name=name, notes=(*listing.notes, *notes))
    return _list_path(source, cache)


def _list_path(source: str | Path, cache: Path) -> Listing:
    path = Path(os.path.abspath(Path(source).expanduser()))  # noqa: PTH100 - keeps links unlike resolve
    if path.is_dir():
        return list_folder(path)
    if path.is_file() and path.suffix.lower() in MANIFEST_SUFFIXES:
        return list_manifest(path)
    if path.is_file() and path.suffix.lower() == ARCHIVE_SUFFIX:
        return replace(list_folder(unpacked(path, cache)), name=path.stem)
    if path.is_file():
        kinds = " or ".join(MANIFEST_SUFFIXES)
        raise DataError(
            f"{source} is a single file; give a folder of class folders, a {ARCHIVE_SUFFIX} file or a {kinds} manifest"
        )
    raise DataError(
        f"{source}: there is no such folder or manifest{_near(path, str(source))}; "
        f"give one, or a named set: {', '.join(NAMED)}"
    )


def _near(path: Path, source: str) -> str:
    """Suggest a named set, or a sibling of the first part of the path that is not there."""
    named = did_you_mean(source, NAMED)
    if named:
        return named
    missing = path
    while not missing.parent.is_dir():
        missing = missing.parent
    try:
        siblings = [sibling.name for sibling in missing.parent.iterdir()]
    except OSError:
        return ""
    return did_you_mean(missing.name, siblings)
