"""A lock file that lets one process at a time prepare a folder or a download."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock


def file_lock(path: Path) -> FileLock:
    """Return a context manager that holds the lock file ``path`` and waits for another holder.

    The operating system releases the lock when its holder ends, however it ends. The folder of ``path`` is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path)
