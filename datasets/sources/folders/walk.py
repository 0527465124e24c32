"""The images below a folder, found in one way for searches, checks and predictions.

The content decides what is an image. Hidden files, what systems and programs leave behind, and folders that hold a
study or the like are passed over. Links are followed, but never back up.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import DataError, counted, some
from ...images.formats import HEAD, format_of, is_named_as_image, unread_format

LEFT_BY_SYSTEMS = {
    "#recycle",
    "#snapshot",
    "$recycle.bin",
    "@eadir",
    "@recycle",
    "@tmp",
    "__macosx",
    "__pycache__",
    "desktop.ini",
    "ehthumbs.db",
    "icon\r",
    "lost+found",
    "node_modules",
    "recycler",
    "system volume information",
    "thumbs.db",
}
"""What systems and programs leave in folders, in lower case."""
SET_APART = {
    "CACHEDIR.TAG": "a cache",
    "pyvenv.cfg": "a Python environment",
    "trials.jsonl": "a study",
}
"""The files that mark a folder as something else than data, and what it is."""
MOST_LINKED = 10_000
"""Folders that links may lead to; links in many folders to each other would hardly end."""
_IMAGE = "image"


@dataclass(frozen=True)
class Folder:
    """A folder with the images directly in it, and its folders, both sorted by name.

    ``unread`` are the formats of images that are not read; ``apart`` says that a study or the like lies in it.
    """

    path: Path
    folders: tuple[Folder, ...] = ()
    images: tuple[Path, ...] = ()
    unread: tuple[str, ...] = ()
    apart: bool = False

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def filled(self) -> tuple[Folder, ...]:
        """The folders in which there are images, at any depth."""
        return tuple(folder for folder in self.folders if folder.has_images)

    @property
    def has_images(self) -> bool:
        """Whether there is an image in it, at any depth."""
        return bool(self.images) or any(folder.has_images for folder in self.folders)

    def all_images(self) -> list[Path]:
        """Return the images at any depth."""
        return [*self.images, *(path for one in self.folders for path in one.all_images())]

    def all_unread(self) -> list[str]:
        """Return the formats of all images at any depth that are not read."""
        return [*self.unread, *(form for one in self.folders for form in one.all_unread())]


@dataclass
class Walk:
    """A walk through the folder ``root``: what it found, as a tree, and what it passed over.

    Raises:
        DataError: a folder cannot be listed, or links lead to too many.
    """

    root: Path
    others: Counter[str] = field(default_factory=Counter)
    loops: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    linked: int = 0
    _targets: dict[Path, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Walk."""
        real = self.root.resolve()
        self.top = self._folder(self.root, real, {real, *real.parents})

    def images(self) -> list[Path]:
        """Return all images, sorted by their paths in the root."""
        return sorted(self.top.all_images(), key=self.relative)

    def relative(self, path: Path) -> str:
        """Return the path in the root, with slashes."""
        return path.relative_to(self.root).as_posix()

    def notes(self) -> Iterator[str]:
        """Yield a sentence about each kind of what was passed over."""
        if self.others:
            kinds = some([f"{count} x {kind}" for kind, count in sorted(self.others.items())])
            yield f"Not used: {counted(sum(self.others.values()), 'other file')}: {kinds}."
        if self.apart:
            yield f"Passed over: {some(self.apart)}."
        if self.loops:
            yield f"Not followed: links back to a folder above: {some(self.loops)}."

    def _folder(self, path: Path, real: Path, above: set[Path]) -> Folder:
        """Return what lies in a folder; ``real`` is its path without links, and ``above`` are all folders around it."""
        folders, images, unread = [], [], []
        entries = self._entries(path)
        mark = next((entry.name for entry in entries if entry.name in SET_APART), None)
        if mark and path != self.root:
            self.apart.append(f"{self.relative(path)} ({SET_APART[mark]})")
            return Folder(path, apart=True)
        for entry in entries:
            inside = path / entry.name
            if is_passed_over(entry.name):
                continue
            if _is_folder(entry):
                folder = self._inner(entry, inside, real / entry.name, above)
                folders += [folder] if folder else []
                continue
            what = _what(entry, inside)
            if what == _IMAGE:
                images.append(inside)
                continue
            self.others[inside.suffix.lower() or "no suffix"] += 1
            unread += [what] if what else []
        apart = any(folder.apart for folder in folders)
        return Folder(path, tuple(folders), tuple(images), tuple(unread), apart)

    def _inner(self, entry: os.DirEntry, path: Path, real: Path, above: set[Path]) -> Folder | None:
        """Return the folder of an entry, or None for a link back up."""
        if not entry.is_symlink():
            return self._folder(path, real, above | {real})
        if real not in self._targets:  # many paths may lead to the same link
            self._targets[real] = real.resolve()
        target = self._targets[real]
        if target in above:
            self.loops.append(self.relative(path))
            return None
        self.linked += 1
        if self.linked > MOST_LINKED:
            raise DataError(
                f"{self.root}: links lead to more than {MOST_LINKED:,} folders; remove links to folders "
                f"that are there already, such as {self.relative(path)}"
            )
        return self._folder(path, target, above | {target, *target.parents})

    def _entries(self, folder: Path) -> list[os.DirEntry]:
        try:
            with os.scandir(folder) as found:
                return sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise DataError(
                f"{folder}: cannot be listed ({error.strerror}); make it readable for this user, or move it away"
            ) from error


def holds_folders(folder: Folder) -> bool:
    """Whether a folder is one of folders; a stray image or two do not make it a class."""
    return len(folder.images) < len(folder.filled)


def is_passed_over(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or left behind by a system."""
    return name.startswith(".") or name.lower() in LEFT_BY_SYSTEMS


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _what(entry: os.DirEntry, path: Path) -> str:
    """Return `_IMAGE`, the format of an image that is not read, or an empty string for another file.

    A name of an image is believed here, so that what is damaged, or no image, is told when it cannot be read.
    """
    named = is_named_as_image(entry.name)
    try:
        if not entry.is_file():  # a link to nothing may have been an image; a pipe never is
            return _IMAGE if named and entry.is_symlink() and not path.exists() else ""
        if named:
            return _IMAGE
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return _IMAGE if named else ""
    return unread_format(entry.name, head) or (_IMAGE if format_of(head) else "")
