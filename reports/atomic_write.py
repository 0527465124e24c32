"""Writes a whole file or nothing: beside its place first, then renamed over it."""

from __future__ import annotations

import os
from pathlib import Path


def write_beside(path: Path, content: bytes) -> Path:
    """Put `content` at `path` in one step, making its folder; a kill or a full disk leaves what was there before.

    Returns `path`. Raises OSError when the folder cannot be written or the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return path
