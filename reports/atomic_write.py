"""Writes a whole file or nothing: beside its place first, then renamed over it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, suffix: str = "") -> Iterator[Path]:
    """Yield a path beside `path` to write to; the file is renamed to `path` when the block ends without an error.

    The folder of `path` is made. The yielded path ends in `suffix`, for writers that ask for one. A kill or a full
    disk leaves what was at `path` before.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part{suffix}")
    try:
        yield beside
        with beside.open("r+b") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_beside(path: Path, content: bytes) -> Path:
    """Put `content` at `path` in one step, as `replacing` does.

    Returns `path`. Raises OSError when the folder cannot be written or the disk is full.
    """
    path = Path(path)
    with replacing(path) as beside:
        beside.write_bytes(content)
    return path
