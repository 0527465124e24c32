"""Remembers the study that was worked on last, so that `tune report` and its like need no folder."""

from pathlib import Path

from ...reports import StudyError, write_beside

_FILE = "last_study"


def remember(cache: Path, folder: Path) -> None:
    """Note a study's folder as the last one."""
    write_beside(cache / _FILE, str(folder.resolve()).encode())


def last_study(cache: Path) -> Path:
    """Return the folder of the last study.

    Raises:
        StudyError: there is none, or it is gone.
    """
    try:
        folder = Path((cache / _FILE).read_text())
    except OSError as error:
        raise StudyError(
            "There is no last study; run `tune search --space quickstart`, or give a study's folder."
        ) from error
    if not folder.is_dir():
        raise StudyError(
            f"The last study, {folder}, no longer exists; give another study's folder."
        )
    return folder
