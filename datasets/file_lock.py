"""One process at a time: the others wait until it is done, or dead."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows has its own way
    fcntl = None
    import msvcrt


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, waiting for whoever holds it; a dead holder holds nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        _lock(file)
        yield


def _lock(file: IO[str]) -> None:
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX)
        return
    while True:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            return
        except OSError:
            time.sleep(0.2)
