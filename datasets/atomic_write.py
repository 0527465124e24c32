"""Write a file or a folder beside its place and rename it, so that what is there is complete."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path


def atomic_write(path: Path, data: bytes | str) -> None:
    """Write a file in one step; text is UTF-8. An earlier file stays as it was where this fails.

    Raises:
        OSError: the file cannot be written.
    """
    data = data.encode() if isinstance(data, str) else data
    with atomic_path(path) as part:
        part.write_bytes(data)


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` for a new file, which replaces ``path`` when the block ends without an error."""
    part = _beside(path)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``path``, which becomes ``path`` when the block ends without an error.

    What a killed process left there is removed first; ``path`` itself must not exist. Only one process at a time may
    prepare a folder, see `file_lock`.
    """
    part = _beside(path)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
