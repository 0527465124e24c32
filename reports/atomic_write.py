"""Writes a whole file or nothing: beside its place first, then renamed over it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, suffix: str = "") -> Iterator[Path]:
    """Yield a path beside `path` to write to; the file is renamed to `path` when the block ends without an error.

    The folder of `path` is made. The yielded path ends in `suffix`, for writers that ask for one. A kill or a full
    disk leaves what was at `path` before.

    Raises:
        OSError: the folder cannot be written or the disk is full; the error names `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part{suffix}")
    try:
        yield beside
        with beside.open("r+b") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError) and error.filename == str(beside):
            error.filename, error.filename2 = str(path), None
        raise


def write_beside(path: Path, content: bytes) -> Path:
    """Put `content` at `path` in one step, as `replacing` does.

    Returns `path`. Raises OSError when the folder cannot be written or the disk is full.
    """
    path = Path(path)
    with replacing(path) as beside:
        beside.write_bytes(content)
    return path


def why_unwritable(folder: Path) -> str | None:
    """Return why no file can be made in a folder, None if one can.

    A folder that is not there is judged by the nearest one above it.
    """
    while not os.path.lexists(folder):
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return f"{folder} cannot be written ({error.strerror})"
