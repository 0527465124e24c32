"""Finds the images that a study was searched on, wherever they lie now.

An image is known by the digest of its file. Its name is only where it is looked for first.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...datasets import DataError, Progress, identify, list_images, ordered_map
from ...reports import Header, ImageTable, Places, StudyFacts
from ..errors import SearchError


def find_images(
    study: StudyFacts,
    source: str | Path | None,
    *,
    cache: Path,
    needed: np.ndarray | None = None,
    progress: Progress | None = None,
) -> tuple[Places, ImageTable]:
    """Return where a study's images are, and their table with the paths that they have there.

    Args:
        study: the study.
        source: where they lie; None for where the latest call found them.
        cache: what an archive or a remote source is unpacked or copied to.
        needed: indices of images whose content is compared too, int64 (n,); None to look for names only.
        progress: called while an archive or a remote source is copied.

    Raises:
        SearchError: an image is missing or has changed.
        DataError: there is no such source, or it is damaged.
        StudyError: the study's table of images is damaged.
    """
    table, places = study.images(), study.header.places
    if source is not None:
        return _found_at(study, source, table, cache, needed, progress)
    if not _lost(table, needed):
        return places, table
    known = places.source or places.root
    try:
        return _found_at(study, known, table, cache, needed, progress)
    except DataError as error:
        raise SearchError(
            f"The images of {study.folder} are no longer at {known}; say where they are with --data DIR."
        ) from error


def _found_at(
    study: StudyFacts,
    source: str | Path,
    table: ImageTable,
    cache: Path,
    needed: np.ndarray | None,
    progress: Progress | None,
) -> tuple[Places, ImageTable]:
    """Return the place and table of images at a source: in a folder by their names, or else among those it lists."""
    header, found = study.header, identify(source)
    folder = Path(found.address)
    there = replace(table, root=folder)
    if not folder.is_dir() or _lost(there, needed):
        listing = list_images(found.address, cache=cache, seed=header.seed, progress=progress)
        there = replace(table, root=listing.root)
        if _lost(there, needed):
            there = _by_content(there, tuple(listed.path for listed in listing.files))
    lost = _lost(there, needed)
    if lost:
        raise SearchError(
            f"{len(lost):,} of the {len(table):,} images that {study.folder} was searched on are missing or changed at "
            f"{found.address}, such as {table.names[lost[0]]}; say where they are with --data DIR."
        )
    return replace(header.places, source=found.address, root=str(there.root)), there


def is_on_this_machine(header: Header) -> bool:
    """Whether a study's images are read from a folder or file, so that looking for them downloads nothing."""
    try:
        return identify(header.data.source or header.data.root).is_local
    except DataError:
        return True


def _lost(table: ImageTable, needed: np.ndarray | None) -> list[int]:
    """Return the indices of images that are not there, or, of those that are needed, have another content."""
    if needed is None:
        return [i for i in range(len(table)) if not table.path(i).is_file()]
    digests = ordered_map(_digest, [table.path(i) for i in needed])
    return [int(i) for i, digest in zip(needed, digests, strict=True) if digest != table.digests[i]]


def _by_content(table: ImageTable, paths: tuple[Path, ...]) -> ImageTable:
    """Return the table with the paths of files that have its images' digests, and its own names for all others."""
    where: dict[str | None, Path] = {}
    for path, digest in zip(paths, ordered_map(_digest, paths), strict=True):
        where.setdefault(digest, path)
    found = (where.get(digest) for digest in table.digests)
    names = tuple(
        name if path is None else _relative(path, table.root)
        for name, path in zip(table.names, found, strict=True)
    )
    return replace(table, names=names)


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file, None if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
