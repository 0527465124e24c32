"""An archive as a source: its images are unpacked once, into the cache."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import lzma
import shutil
import struct
import tarfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import IO

from ..atomic_write import atomic_folder
from ..errors import DataError, counted, some
from ..file_lock import file_lock
from ..images.formats import HEAD, format_of, is_named_as_image, unread_format
from .archive_formats import FORMATS, Member
from .folders.class_folders import list_folder
from .folders.walk import SET_APART, is_passed_over
from .reading import Listing
from .tables.cells import MANIFEST_SUFFIXES

LARGEST_MEMBER = 2**30
"""Bytes of one unpacked file; what claims to be larger is no image."""
LARGEST_RATIO = 1000
"""How many times its packed size an archive, or a large member, may have unpacked."""
# No member is called so: hidden ones are not unpacked.
_GUESSED = ".guessed_names"
_DAMAGED = (
    EOFError,
    IndexError,
    OverflowError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
# The decompressors give no number; a place before the file's beginning is an invalid argument.
_NOT_OF_THE_DISK = (None, errno.EINVAL)
_BAD_NAME = (errno.EEXIST, errno.EILSEQ, errno.EISDIR, errno.ENAMETOOLONG, errno.ENOTDIR)


def list_archive(archive: Path, ending: str, cache: Path, inside: str = "") -> Listing:
    """List the images of an archive like those of a folder; where it has one folder at its top, of that.

    Only images and manifests are unpacked, and none lands outside.

    Args:
        archive: the file.
        ending: says which of `FORMATS` it has.
        cache: the images go to ``datasets/unpacked/`` in it.
        inside: the folder in the archive to list in place of all.

    Raises:
        DataError: it cannot be read, is damaged or encrypted, has links, paths that lead outside or far more bytes
            than it should, or holds no class folders of images.
    """
    top = _unpacked(archive, ending, cache)
    if ".." in Path(inside).parts or not (top / inside).is_dir():
        raise DataError(f"{archive}: no folder {inside} with images in it")
    folder = top / inside
    whole = archive.name[: -len(ending)] if archive.name.lower().endswith(ending) else archive.name
    guessed = _guessed_names(top)
    notes: tuple[str, ...] = ()
    if guessed:
        old = f"{counted(len(guessed), 'name')} in an old encoding, read as {some(guessed[:1])}"
        notes = (
            f"{archive.name} has {old}; if they look wrong, pack it again with names in UTF-8.",
        )
    try:
        listing = list_folder(folder)
        return replace(
            listing,
            name=Path(inside).name or whole,
            source=str(archive),
            notes=(*listing.notes, *notes),
        )
    except DataError as error:  # nobody knows where in the cache it lies
        raise DataError(str(error).replace(str(folder), str(archive))) from error


def _unpacked(archive: Path, ending: str, cache: Path) -> Path:
    digest = hashlib.sha256()
    try:
        with archive.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    except OSError as error:
        raise DataError(f"{archive}: cannot be read ({error.strerror})") from error
    place = Path(cache).absolute() / "datasets" / "unpacked" / digest.hexdigest()[:16]
    with file_lock(place.with_name(f".{place.name}.lock")):
        if not place.is_dir():
            with atomic_folder(place) as part:
                _unpack(archive, ending, part)
    return place


def _unpack(archive: Path, ending: str, folder: Path) -> None:
    most = max(LARGEST_MEMBER, LARGEST_RATIO * archive.stat().st_size)
    count = total = 0
    guessed = []
    members = FORMATS[ending](archive)
    try:
        with contextlib.closing(members):
            for member in members:
                total += member.size
                if total > most:
                    raise DataError(
                        f"{archive}: would unpack to more than {most:,} bytes; not unpacked"
                    )
                if _is_file(archive, member) and _written(archive, member, folder):
                    count += 1
                    guessed += [_shown(member)] if member.guessed else []
    except DataError:
        raise
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _NOT_OF_THE_DISK:
            raise
        why = str(error) or type(error).__name__
        raise DataError(f"{archive}: damaged, encrypted or no {ending} file ({why})") from error
    if not count:
        raise DataError(f"{archive}: no images in it; put class folders into the {ending} file")
    if guessed:
        (folder / _GUESSED).write_text("\n".join(guessed), encoding="utf-8")


def _guessed_names(folder: Path) -> list[str]:
    """Return the members with names in an old encoding, of an archive that is unpacked."""
    try:
        return (folder / _GUESSED).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _is_file(archive: Path, member: Member) -> bool:
    """Return whether a member is a file that nobody hid; refuse one that stands for another."""
    hidden = any(is_passed_over(part) for part in Path(member.name).parts if part != "..")
    if hidden or member.kind == "folder":
        return False
    if member.kind != "file":
        raise DataError(
            f"{archive}: {_shown(member)} is a {member.kind}; pack plain files and folders only "
            "(tar --dereference --hard-dereference packs what links lead to)"
        )
    return True


def _written(archive: Path, member: Member, folder: Path) -> bool:
    """Write a member that is an image, a manifest, or a mark that a folder is no data; return whether it is one."""
    with member.open() as source:
        head = source.read(HEAD)
        if not _is_wanted(Path(member.name).name, head):
            return False
        _refuse_harm(archive, member)
        with _opened(archive, member, folder / member.name) as file:
            file.write(head)
            shutil.copyfileobj(source, file)
    return True


def _is_wanted(name: str, head: bytes) -> bool:
    return bool(
        is_named_as_image(name)
        or name.lower().endswith(MANIFEST_SUFFIXES)
        or name in SET_APART
        or format_of(head)
        or unread_format(name, head)
    )


def _refuse_harm(archive: Path, member: Member) -> None:
    path = Path(member.name)
    if path.anchor or ".." in path.parts:
        raise DataError(f"{archive}: {_shown(member)} points outside the archive; not unpacked")
    grows = member.size / max(1, member.packed)
    if member.size > LARGEST_MEMBER or (member.size > 2**20 and grows > LARGEST_RATIO):
        raise DataError(
            f"{archive}: {_shown(member)} would unpack to {member.size:,} bytes; not unpacked"
        )


def _opened(archive: Path, member: Member, target: Path) -> IO[bytes]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("wb")
    except OSError as error:
        if error.errno not in _BAD_NAME:
            raise
        raise DataError(
            f"{archive}: {_shown(member)} cannot be unpacked ({error.strerror}); rename it"
        ) from error


def _shown(member: Member) -> str:
    return some([" ".join(member.name.encode(errors="backslashreplace").decode().split())])
