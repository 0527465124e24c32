"""The lock that makes one process the only writer of a study.

The operating system releases the lock when its holder ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import filelock

from ..errors import StudyError
from .paths import StudyPaths


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold a study's lock.

    Raises:
        StudyError: another process holds it.
    """
    paths = StudyPaths(folder)
    lock = filelock.FileLock(paths.lock)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout as error:
        raise StudyError(
            f"{folder} is being worked on by process {_read(paths.lock_holder)}; wait until it is done, or stop it."
        ) from error
    try:
        paths.lock_holder.write_text(str(os.getpid()))
        yield
    finally:
        paths.lock_holder.unlink(missing_ok=True)
        lock.release()


def _read(holder: Path) -> str:
    try:
        return holder.read_text()
    except OSError:
        return "of unknown number"
