"""From what a person names (a folder, a manifest, a set) to a data set."""

from __future__ import annotations

import os
from pathlib import Path

from .dataset import Dataset, Progress
from .errors import DataError, did_you_mean
from .folder import list_folder
from .manifest import MANIFEST_SUFFIXES, list_manifest
from .named import NAMED, list_named
from .reading import Listing, read_pictures


def load_dataset(
    source: str | Path, *, cache: Path, seed: int = 0, progress: Progress | None = None
) -> Dataset:
    """Read a data set: every file is opened, hashed and fully decoded once.

    Args:
        source: a folder, a .csv or .parquet manifest, or a name in `NAMED`. A name wins over a
            folder of the same name, which is reached as ``./name`` or as a `Path`.
        cache: where named sets are prepared, in ``datasets/``, and what is known of pictures is kept.
        seed: chooses the sample of the named sets that are samples.
        progress: called with a stage, what is done and the total.

    Raises:
        DataError: there is nothing of that name, or it is not a data set, or nothing in it can
            be read. Single unreadable pictures are left out and listed in the data set.
    """
    if isinstance(source, str) and source in NAMED:
        listing = list_named(source, cache=cache, seed=seed, progress=progress)
    else:
        listing = _list_path(source)
    return read_pictures(listing, Path(cache), progress)


def _list_path(source: str | Path) -> Listing:
    path = Path(os.path.abspath(Path(source).expanduser()))  # noqa: PTH100 - keeps links unlike resolve
    if path.is_dir():
        return list_folder(path)
    if path.is_file() and path.suffix.lower() in MANIFEST_SUFFIXES:
        return list_manifest(path)
    if path.is_file():
        kinds = " or ".join(MANIFEST_SUFFIXES)
        raise DataError(f"{source}: not a folder and not a {kinds} manifest")
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
