"""One writer a study: a second search or retraining is refused and told who is at work.

The library filelock holds the lock; the system lets go of it when its holder ends, however that happens.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import filelock

from ..errors import SearchError

_LOCK, _HOLDER = ".lock", ".lock-holder"
FILES = (_LOCK, _HOLDER)
"""What the lock leaves in a folder, also in one that holds no study yet."""


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold a study's lock.

    Raises:
        SearchError: another process holds it.
    """
    holder = folder / _HOLDER
    lock = filelock.FileLock(folder / _LOCK)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout as error:
        raise SearchError(
            f"{folder} is being worked on by process {_read(holder)}; wait until it is done, or stop it."
        ) from error
    try:
        holder.write_text(str(os.getpid()))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _read(holder: Path) -> str:
    try:
        return holder.read_text()
    except OSError:
        return "of unknown number"
