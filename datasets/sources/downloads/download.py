"""Get an archive over HTTP: with progress, resumed where it broke off, and checked."""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...dataset import Progress
from ...errors import DataError
from ...file_lock import file_lock

ATTEMPTS = 5
"""Attempts in a row that bring nothing new before a download is given up."""
TIMEOUT_S = 60
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Archive:
    """A file on the network and the MD5 sum, in hexadecimal, that its publisher states."""

    url: str
    md5: str

    @property
    def name(self) -> str:
        """The file's name, the last part of the address."""
        return self.url.rpartition("/")[2]


def fetch(
    archive: Archive, folder: Path, progress: Progress | None = None, *, pause_s: float = 2.0
) -> Path:
    """Return the archive's path in ``folder``, downloaded and checked if it is not there yet.

    What has arrived is kept in a .part file: a broken download goes on from there, in this call
    or a later one. A file that someone has put there by hand, whole, is checked and taken.

    Args:
        archive: what to get.
        folder: where it goes; made if absent.
        progress: called with the bytes that are there and those in all (0: not known).
        pause_s: seconds before the second attempt, twice as long before each later one.

    Raises:
        DataError: the network or server failed repeatedly, or the file is not the one published.
        OSError: the folder cannot be written.
    """
    path = folder / archive.name
    part = folder / f"{archive.name}.part"
    with file_lock(folder / f".{archive.name}.lock"):
        if path.exists():
            _refuse_other_content(path, archive, progress)
            return path
        _download(archive, part, progress, pause_s)
        _refuse_other_content(part, archive, progress)
        part.rename(path)
    return path


def _download(archive: Archive, part: Path, progress: Progress | None, pause_s: float) -> None:
    failures = 0
    while True:
        before = _size(part)
        try:
            _receive(archive, part, progress)
            return
        except (http.client.HTTPException, _NetworkError) as error:
            final = isinstance(error, _NetworkError) and error.final
            failures = 1 if _size(part) > before else failures + 1
            if final or failures >= ATTEMPTS:
                raise DataError(
                    f"{archive.url}: the download failed ({error}), {_size(part):,} bytes are "
                    "kept; run the command again to go on, or put the file at "
                    f"{part.with_suffix('')} yourself"
                ) from error
        time.sleep(pause_s * 2 ** (failures - 1))


class _NetworkError(Exception):
    """The transfer failed; ``final`` where trying again cannot help."""

    def __init__(self, why: str, *, final: bool = False):
        super().__init__(why)
        self.final = final


def _receive(archive: Archive, part: Path, progress: Progress | None) -> None:
    """Append what is missing to the .part file, in one request."""
    start = _size(part)
    response = _open(archive.url, start)
    if response is None:
        return
    with response:
        if response.status == 206 and _first_byte(response) != start:
            raise _NetworkError("the server did not send the requested range")
        if response.status != 206:  # the whole file, from its beginning
            start = 0
        length = response.headers.get("Content-Length")
        total = start + int(length) if length and length.isdigit() else 0
        with part.open("ab" if start else "wb") as file:
            for block in _blocks(response):
                file.write(block)
                start += len(block)
                if progress:
                    progress(f"downloading {archive.name}", start, total)
            file.flush()
            os.fsync(file.fileno())
    if start < total:
        raise _NetworkError(f"the connection was lost after {start:,} of {total:,} bytes")


def _open(url: str, start: int) -> http.client.HTTPResponse | None:
    """Ask for the file from byte ``start`` on; None if the server says there is nothing more."""
    if not url.startswith(("http://", "https://")):
        raise _NetworkError("only http and https addresses are fetched", final=True)
    request = urllib.request.Request(url, headers={"User-Agent": "transfertune"})  # noqa: S310 - checked above
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - checked above
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the checksum will tell whether that is the whole file
            return None
        final = error.code < 500 and error.code not in (408, 429)
        raise _NetworkError(f"the server says {error.code} {error.reason}", final=final) from error
    except OSError as error:
        raise _NetworkError(str(getattr(error, "reason", error))) from error


def _first_byte(response: http.client.HTTPResponse) -> int | None:
    """Return where the part that the server sends begins."""
    unit, _, span = response.headers.get("Content-Range", "").partition(" ")
    first = span.partition("-")[0]
    return int(first) if unit == "bytes" and first.isdigit() else None


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            block = response.read1(_BLOCK)
        except OSError as error:
            raise _NetworkError(str(error)) from error
        if not block:
            return
        yield block


def _refuse_other_content(path: Path, archive: Archive, progress: Progress | None) -> None:
    """Delete and refuse a file whose MD5 sum is not the published one."""
    total, done = _size(path), 0
    sum_so_far = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sum_so_far.update(block)
            done += len(block)
            if progress:
                progress(f"checking {archive.name}", done, total)
    if sum_so_far.hexdigest() != archive.md5:
        path.unlink()
        raise DataError(
            f"{archive.url}: the downloaded file is not the published one (MD5 {sum_so_far.hexdigest()}, "
            f"expected {archive.md5}) and was deleted; run the command again to download it"
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
