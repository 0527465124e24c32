"""The formats of archives: one row each, a function that gives the members of a file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from .archive_names import tar_name, zip_name

LARGEST_HEADERS = 2**29
"""Bytes that all headers of a .tar file may take together; a million members need as much."""


@dataclass(frozen=True)
class Member:
    """One member of an archive, of which nothing has been unpacked yet.

    ``kind`` is file, folder, or the name of anything else, such as link. ``size`` is in bytes unpacked. ``packed`` is
    in bytes of the archive; the member takes no more of them. ``open`` works until the next member is asked for.
    ``guessed`` says that the name is in an encoding that the archive does not state.
    """

    name: str
    kind: str
    size: int
    packed: int
    open: Callable[[], IO[bytes]]
    guessed: bool = False


Members = Generator[Member, None, None]
_Stream = io.FileIO | bz2.BZ2File | gzip.GzipFile | lzma.LZMAFile


def zip_members(archive: Path) -> Members:
    """Yield the members of a .zip file."""
    with zipfile.ZipFile(archive) as file:
        slashes = any("/" in info.filename for info in file.infolist())
        for info in file.infolist():
            name, guessed = zip_name(info, slashes=slashes)
            yield Member(
                name,
                _zip_kind(info, name),
                info.file_size,
                info.compress_size,
                partial(file.open, info),
                guessed,
            )


def _zip_kind(info: zipfile.ZipInfo, name: str) -> str:
    if name.endswith("/"):
        return "folder"
    mode = stat.S_IFMT(info.external_attr >> 16)  # 0 where the packing system has no modes
    if mode == stat.S_IFLNK:
        return "link"
    return "file" if mode in (0, stat.S_IFREG) else "device"


def tar_members(decompressed: Callable[[Path], _Stream], archive: Path) -> Members:
    """Yield the members of a .tar file; ``decompressed`` opens the file and undoes its compression."""
    packed = archive.stat().st_size
    with (
        _TarStream(decompressed(archive)) as stream,
        tarfile.open(fileobj=stream, mode="r:") as file,
    ):
        reached = -1
        while (info := file.next()) is not None:
            # A size below zero would lead back to members that have been read.
            if info.size < 0 or info.offset <= reached:
                raise tarfile.ReadError("a header is wrong")
            reached = info.offset
            stream.in_header = False
            name, guessed = tar_name(info.name)
            opened = partial(_opened, file, info)
            yield Member(name, _tar_kind(info), info.size, packed, opened, guessed)
            stream.in_header = True
        # For `tarfile`, a broken header is an end like any other.
        if stream.block.count(0) != tarfile.BLOCKSIZE:
            raise tarfile.ReadError("the end is missing")
        while stream.read(2**16):  # the checksum of a compressed file stands at its end
            pass


class _TarStream(io.BufferedReader):
    """A decompressed .tar file that remembers the last block, and limits what is read of headers.

    `tarfile` reads a header into memory whatever its size.
    """

    in_header = True
    block = b""
    left = LARGEST_HEADERS

    def read(self, size: int | None = -1, /) -> bytes:
        if self.in_header:
            self.left -= size or 0
            if size is None or size < 0 or self.left < 0:
                raise tarfile.ReadError(f"more than {LARGEST_HEADERS:,} bytes of headers")
        self.block = super().read(size)
        return self.block


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.isdir():
        return "folder"
    if info.issym() or info.islnk():
        return "link"
    if info.issparse():
        return "sparse file"
    return "file" if info.isreg() else "device"


def _opened(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    opened = file.extractfile(info)
    assert opened is not None  # noqa: S101 - only files are opened
    return opened


FORMATS: dict[str, Callable[[Path], Members]] = {
    ".tar": partial(tar_members, io.FileIO),
    ".tar.bz2": partial(tar_members, bz2.BZ2File),
    ".tar.gz": partial(tar_members, gzip.GzipFile),
    ".tar.xz": partial(tar_members, lzma.LZMAFile),
    ".tgz": partial(tar_members, gzip.GzipFile),
    ".zip": zip_members,
}
"""How the members are read of a file with the ending."""
