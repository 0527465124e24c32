"""What a source is. It is decided here alone, for sources on this machine and elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path

from ..errors import DataError, did_you_mean
from .archive_formats import FORMATS
from .named_sets import NAMED
from .tables.cells import MANIFEST_SUFFIXES
from .tfds import PREFIX


class Kind(Enum):
    """What a source can be."""

    NAMED = auto()
    TFDS = auto()
    REMOTE = auto()
    FOLDER = auto()
    ARCHIVE = auto()
    MANIFEST = auto()


FILES: dict[str, Kind] = {
    **dict.fromkeys(FORMATS, Kind.ARCHIVE),
    **dict.fromkeys(MANIFEST_SUFFIXES, Kind.MANIFEST),
}
"""The files that are a source, by their endings."""


@dataclass(frozen=True)
class Source:
    """A source and what it is.

    ``where`` is a name, an address, or the absolute path of a folder or file. ``ending`` is a key of `FILES` that says
    how to read the file there; it is empty where none is stated. ``inside`` is the folder in it that is meant, or
    empty.
    """

    kind: Kind
    where: str
    ending: str = ""
    inside: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is a folder or file of this machine."""
        return self.kind in (Kind.FOLDER, Kind.ARCHIVE, Kind.MANIFEST)

    @property
    def address(self) -> str:
        """What `identify` reads as this source, from whatever folder."""
        if self.kind is Kind.FOLDER:
            return str(Path(self.where, self.inside))
        if self.ending and (self.inside or self.ending != ending_of(name_at(self.where))):
            return f"{self.ending[1:]}://{self.inside}::{self.where}"
        return self.where


def identify(source: str | Path) -> Source:
    """Return what a source is.

    A name wins over a folder of the same name, which is reached as ``./name`` or as a `Path`.

    Raises:
        DataError: there is no such folder or file, or the file is none of `FILES`.
    """
    if isinstance(source, Path):
        return at_path(source)
    if source in NAMED:
        return Source(Kind.NAMED, source)
    if source.startswith(PREFIX):
        return Source(Kind.TFDS, source)
    where, ending, inside = _taken_apart(source)
    if "://" in where:
        return Source(Kind.REMOTE, where, ending, inside)
    return replace(at_path(where, ending), inside=inside)


def at_path(place: str | Path, ending: str = "") -> Source:
    """Return what lies at a path; ``ending`` says what a file is whose name does not.

    Raises:
        DataError: as of `identify`.
    """
    path = Path(os.path.abspath(Path(place).expanduser()))  # noqa: PTH100 - keeps links unlike resolve
    if path.is_dir():
        return Source(Kind.FOLDER, str(path))
    if not path.is_file():
        raise DataError(
            f"{place}: there is no such folder or file{_near(path, str(place))}; "
            f"give one, or a named set: {', '.join(NAMED)}"
        )
    ending = ending_of(path.name) or ending
    if not ending:
        archives, manifests = ", ".join(FORMATS), " or ".join(MANIFEST_SUFFIXES)
        raise DataError(
            f"{place} is a single file; give a folder of class folders, an archive ({archives}) "
            f"or a {manifests} manifest"
        )
    return Source(FILES[ending], str(path), ending)


def ending_of(name: str) -> str:
    """Return the key of `FILES` that a file's name ends in, or an empty string."""
    return next((ending for ending in FILES if name[1:].lower().endswith(ending)), "")


def name_at(address: str) -> str:
    """Return the name of the folder or file at an address."""
    return address.split("?")[0].rstrip("/").rpartition("/")[2]


def _taken_apart(source: str) -> tuple[str, str, str]:
    """Return ("s3://b/a", ".zip", "in") of ``zip://in::s3://b/a``, and ("a", ".zip", "") of ``zip://a``."""
    form, mark, rest = source.partition("://")
    if not mark or f".{form}" not in FORMATS:
        return source, "", ""
    inside, mark, where = rest.partition("::")
    return (where, f".{form}", inside.strip("/")) if mark else (rest, f".{form}", "")


def _near(path: Path, source: str) -> str:
    """Suggest a named set, or a sibling of the first part of the path that is not there."""
    named = did_you_mean(source, NAMED)
    if named:
        return named
    missing = path
    while not missing.parent.is_dir():
        missing = missing.parent
    try:
        siblings = [sibling.name for sibling in missing.parent.iterdir()]
    except OSError:
        return ""
    return did_you_mean(missing.name, siblings)
