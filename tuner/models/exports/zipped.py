"""What a model carries in a zip archive: a `.keras` file is one, and a LiteRT file may have one behind its model."""

import zipfile
from pathlib import Path

from ..labels import LABELS

_MOST_BYTES = 1 << 24


def write_labels(model: Path, text: str) -> None:
    """Add the labels to the archive of a file, or make one at the file's end."""
    write_member(model, LABELS, text)


def read_labels(model: Path) -> bytes | None:
    """Return the labels in the archive of a file, None if there are none."""
    return read_member(model, LABELS)


def write_member(model: Path, name: str, content: str | bytes) -> None:
    """Add something to the archive of a file, or make one at the file's end."""
    with zipfile.ZipFile(model, "a") as archive:
        archive.writestr(name, content)


def read_member(model: Path, name: str) -> bytes | None:
    """Return what has a name in the archive of a file, None if there is no such thing."""
    if not zipfile.is_zipfile(model):
        return None
    try:
        with zipfile.ZipFile(model) as archive:
            if archive.getinfo(name).file_size > _MOST_BYTES:
                return None
            return archive.read(name)
    # The last two are what the module raises for an encrypted archive and an unknown compression.
    except (KeyError, OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return None
