"""Finds the files that the paths of a table mean, also where they were written on another system."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path, PureWindowsPath

from ...errors import counted
from ...images.formats import is_named_as_image
from ..folders.walk import is_passed_over


def find_files(folder: Path, names: list[str]) -> tuple[list[Path], list[str], str]:
    """Return the file that each name means, notes, and a hint for names without one.

    A name is a path from the folder, or an absolute one. Names without such a file are read as others write them, if
    then all of them have one: with backslashes and drive letters, in another case, without the image's suffix, from
    a folder inside, or with folders in front that are elsewhere. A name without a file is the path as it is written.
    """
    paths = [_absolute(folder, name) for name in names]
    missing = [i for i, path in enumerate(paths) if names[i] and not is_file(path)]
    parts, folders = [_parts(names[i]) for i in missing], _Folders()
    most, hint = 0, ""
    for skipped in range(max(map(len, parts), default=0)):
        fitting = []
        for base in (folder, *folders[folder].folders):
            found = [folders.find(base, part[skipped:]) for part in parts]
            there = [i for i, path in enumerate(found) if path is not None]
            read = [f"{names[missing[i]]} as {_shown(folder, found[i])}" for i in there[:1]]
            if len(there) == len(parts):
                fitting.append((base, found, read[0]))
            elif len(there) > most:
                most = len(there)
                hint = f"{counted(most, 'path')} would be there, {read[0]}"
        if len(fitting) > 1 and fitting[0][0] != folder:
            both = " and in ".join(f"{base.name}/" for base, _, _ in fitting)
            return paths, [], f"all are in {both}; begin the paths with one of them"
        if fitting:
            for i, path in zip(missing, fitting[0][1], strict=True):
                paths[i] = path or paths[i]
            count = counted(len(missing), "path")
            return paths, [f"Read in another way: {count}: {fitting[0][2]}."], ""
    return paths, [], hint


def is_file(path: Path) -> bool:
    """Whether there is a file of that name, which may be one that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _absolute(folder: Path, name: str) -> Path:
    """Return a path without ``..``; blanks around it count only where a file has them."""
    exact, trimmed = (Path(os.path.abspath(folder / text)) for text in (name, name.strip()))  # noqa: PTH100 - keeps links, unlike resolve
    return exact if name == name.strip() or is_file(exact) else trimmed


def _parts(name: str) -> tuple[str, ...]:
    """Return the folders and the file of a name, divided as here or on Windows; nothing where it leads up."""
    path = PureWindowsPath(name.strip())
    if ".." in path.parts:
        return ()
    return path.parts[1:] if path.anchor else path.parts


class _Folder:
    """The images of a folder by their names in small letters and by their stems, and the folders in it."""

    def __init__(self, folder: Path):
        self.by_name: dict[str, list[Path]] = defaultdict(list)
        self.by_stem: dict[str, list[Path]] = defaultdict(list)
        self.folders: list[Path] = []
        try:
            inside = sorted(folder.iterdir())
        except (OSError, ValueError):
            inside = []
        for path in inside:
            if path.is_dir() and not is_passed_over(path.name):
                self.folders.append(path)
            elif is_named_as_image(path.name):
                self.by_name[path.name.lower()].append(path)
                self.by_stem[path.stem].append(path)


class _Folders(dict[Path, _Folder]):
    """Folders, each of which is listed once."""

    def __missing__(self, folder: Path) -> _Folder:
        self[folder] = _Folder(folder)
        return self[folder]

    def find(self, base: Path, parts: tuple[str, ...]) -> Path | None:
        """Return the one file that is meant below a folder, or None."""
        if not parts:
            return None
        folder = base.joinpath(*parts[:-1])
        if is_file(folder / parts[-1]):
            return folder / parts[-1]
        same = self[folder].by_name.get(parts[-1].lower())
        if not same and not is_named_as_image(parts[-1]):
            same = self[folder].by_stem.get(parts[-1])
        return same[0] if same and len(same) == 1 else None


def _shown(folder: Path, path: Path | None) -> str:
    assert path is not None  # noqa: S101 - only what was found is shown
    return path.relative_to(folder).as_posix()
