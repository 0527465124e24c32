"""Whether a study can be written in a folder, checked before anything is read."""

from __future__ import annotations

import os
from pathlib import Path

from ..atomic_write import why_unwritable
from ..errors import StudyError
from .loading import is_study
from .paths import LOCK_FILES, LOG


def check_place(folder: Path) -> None:
    """Refuse a folder that cannot hold a study.

    Raises:
        StudyError: it is a file, is below one, holds something else, or cannot be written.
    """
    if is_study(folder):
        _refuse_unwritable(folder)
        return
    if folder.is_dir():
        if any(entry.name not in LOCK_FILES for entry in folder.iterdir()):
            raise StudyError(
                f"{folder} is not empty and holds no study (no {LOG}); "
                "give an empty or new folder with --study DIR."
            )
        _refuse_unwritable(folder)
        return
    above = folder
    while not os.path.lexists(above):
        above = above.parent
    if not above.is_dir():
        raise StudyError(
            f"{above} is a file, so no study can be at {folder}; give a folder with --study DIR."
        )
    _refuse_unwritable(above)


def _refuse_unwritable(folder: Path) -> None:
    why = why_unwritable(folder)
    if why is not None:
        raise StudyError(f"{why}; give another folder with --study DIR.")
