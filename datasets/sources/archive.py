"""A .zip file of images, unpacked once into the cache."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from ..atomic_write import atomic_folder
from ..errors import DataError
from ..file_lock import file_lock
from .folder import IMAGE_SUFFIXES
from .manifest import MANIFEST_SUFFIXES

ARCHIVE_SUFFIX = ".zip"
LARGEST_MEMBER = 2**30
"""Bytes of one unpacked file; what claims to be larger is no image."""
_LARGEST_RATIO = 1000
_LEFT_BY_SYSTEMS = "__MACOSX"


def unpacked(archive: Path, cache: Path) -> Path:
    """Return the folder of a .zip file's images and manifests; where it has one folder at its top, that.

    Only images and manifests are unpacked, and none lands outside.

    Raises:
        DataError: it cannot be read, is damaged or encrypted, or holds no images.
    """
    try:
        with archive.open("rb") as file:
            digest = (
                hashlib.file_digest(file, "sha256") if hasattr(hashlib, "file_digest") else None
            )
            digest = digest or hashlib.sha256(file.read())
    except OSError as error:
        raise DataError(f"{archive}: cannot be read ({error.strerror})") from error
    place = Path(cache).absolute() / "datasets" / "unpacked" / digest.hexdigest()[:16]
    with file_lock(place.with_name(f".{place.name}.lock")):
        if not place.is_dir():
            with atomic_folder(place) as part:
                _unpack(archive, part)
    return _below(place)


def _unpack(archive: Path, folder: Path) -> None:
    count = 0
    try:
        with zipfile.ZipFile(archive) as members:
            for member in members.infolist():
                path = PurePosixPath(member.filename)
                if member.is_dir() or not _wanted(path):
                    continue
                if path.is_absolute() or ".." in path.parts:
                    raise DataError(
                        f"{archive}: {member.filename} points outside the archive; not unpacked"
                    )
                _refuse_bomb(archive, member)
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with members.open(member) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
                count += 1
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{archive}: damaged, encrypted or no .zip file ({error})") from error
    if not count:
        raise DataError(f"{archive}: no images in it; put class folders into the .zip file")


def _wanted(path: PurePosixPath) -> bool:
    hidden = any(
        part.startswith(".") or part == _LEFT_BY_SYSTEMS for part in path.parts if part != ".."
    )
    return not hidden and path.suffix.lower() in (*IMAGE_SUFFIXES, *MANIFEST_SUFFIXES)


def _refuse_bomb(archive: Path, member: zipfile.ZipInfo) -> None:
    grows = member.file_size / max(1, member.compress_size)
    if member.file_size > LARGEST_MEMBER or (member.file_size > 2**20 and grows > _LARGEST_RATIO):
        raise DataError(
            f"{archive}: {member.filename} would unpack to {member.file_size:,} bytes; not unpacked"
        )


def _below(folder: Path) -> Path:
    """Go down while there is only one folder, and that one holds folders."""
    while True:
        entries = list(folder.iterdir())
        if len(entries) != 1 or not entries[0].is_dir():
            return folder
        if not any(inner.is_dir() for inner in entries[0].iterdir()):
            return folder
        folder = entries[0]
