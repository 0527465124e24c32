"""A folder as a source: class folders, or train, validation and test folders of them."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DataError, counted, did_you_mean, refuse_no_text, some
from .reading import Listed, Listing

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
SPLIT_FOLDERS = {
    "test": "test",
    "testing": "test",
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
_LEFT_BY_SYSTEMS = {"@eaDir", "__MACOSX"}


@dataclass
class _Walk:
    """What has been met on the way down and is not an image of a class."""

    others: Counter = field(default_factory=Counter)
    loops: list[str] = field(default_factory=list)


def list_folder(root: Path) -> Listing:
    """List the images of a folder of classes, sorted by path.

    Hidden files are passed over; other files are counted in the notes. Folders inside a class
    folder belong to that class. Links to folders are followed, but never back up.

    Raises:
        DataError: the folder is not laid out as class folders, or train and test differ in
            their classes.
    """
    walk = _Walk()
    folders, files = _entries(root, (root.resolve(),), walk)
    loose = [path for path in files if _is_image(path)]
    walk.others.update(_kind(path) for path in files if not _is_image(path))
    splits = [f for f in folders if f.name.lower() in SPLIT_FOLDERS and _holds_folders(f)]
    notes: list[str] = []
    if splits:
        listed = _list_splits(root, splits, walk)
        unused = [folder.name for folder in folders if folder not in splits]
        if unused:
            notes.append(
                f"Not used: {counted(len(unused), 'folder')} beside train/: {some(unused)}."
            )
    else:
        _refuse_other_layouts(root, folders, loose)
        listed = _list_classes(folders, None, (root.resolve(),), walk)
    if loose:
        names = some([path.name for path in loose])
        count = counted(len(loose), "image")
        notes.append(f"Not used: {count} outside the class folders: {names}.")
    notes += _notes(walk)
    listed.sort(key=lambda one: one.path.relative_to(root).as_posix())
    return Listing(root.name, root, tuple(listed), tuple(notes))


def _list_splits(root: Path, folders: list[Path], walk: _Walk) -> list[Listed]:
    by_split: dict[str, list[Listed]] = {}
    for folder in folders:
        split = SPLIT_FOLDERS[folder.name.lower()]
        if split in by_split:
            raise DataError(f"{root}: more than one folder of {split} images; keep one of them")
        above = (root.resolve(), folder.resolve())
        class_folders, loose = _entries(folder, above, walk)
        walk.others.update("image outside a class folder" for p in loose if _is_image(p))
        by_split[split] = _list_classes(class_folders, split, above, walk)
    if "train" not in by_split:
        found = some([f"{folder.name}/" for folder in folders])
        raise DataError(f"{root}: has {found} but no train/ folder; add train/ with class folders")
    _refuse_different_classes(root, by_split)
    return [listed for split in by_split.values() for listed in split]


def _list_classes(
    folders: list[Path], split: str | None, above: tuple[Path, ...], walk: _Walk
) -> list[Listed]:
    listed = {folder: _images_below(folder, above, walk) for folder in folders}
    empty = [folder for folder, images in listed.items() if not images]
    if empty:
        kinds = ", ".join(suffix[1:] for suffix in IMAGE_SUFFIXES)
        raise DataError(
            f"{empty[0].parent}: no images ({kinds}) in the class folder "
            f"{some([folder.name for folder in empty])}; add some or remove the folder"
        )
    for folder in folders:  # models, tables and pages, where classes go, hold text only
        refuse_no_text(folder.name, "the class folder {} has a name that is not UTF-8; rename it")
    return [Listed(path, folder.name, split) for folder in folders for path in listed[folder]]


def _images_below(folder: Path, above: tuple[Path, ...], walk: _Walk) -> list[Path]:
    above = (*above, folder.resolve())
    folders, files = _entries(folder, above, walk)
    images = [path for path in files if _is_image(path)]
    walk.others.update(_kind(path) for path in files if not _is_image(path))
    for inner in folders:
        images += _images_below(inner, above, walk)
    return images


def _entries(folder: Path, above: tuple[Path, ...], walk: _Walk) -> tuple[list[Path], list[Path]]:
    """Return a folder's (folders, files), sorted; hidden ones and links back up are left out."""
    folders, files = [], []
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(f"{folder}: cannot be listed ({error.strerror})") from error
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or entry.name in _LEFT_BY_SYSTEMS:
            continue
        if not _is_folder(entry):
            files.append(path)
        elif entry.is_symlink() and any(a.is_relative_to(path.resolve()) for a in above):
            walk.loops.append(entry.name)
        else:
            folders.append(path)
    return folders, files


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES


def _kind(path: Path) -> str:
    return path.suffix.lower() or "no suffix"


def _holds_folders(folder: Path) -> bool:
    """Whether a folder is one of class folders; a class that is called train has images of its own."""
    folders, files = _entries(folder, (), _Walk())
    return sum(_is_image(path) for path in files) < len(folders)


def _refuse_other_layouts(root: Path, folders: list[Path], loose: list[Path]) -> None:
    if not folders and loose:
        raise DataError(
            f"{root}: {counted(len(loose), 'image')} but no class folders; put the images of each class "
            "in a folder of its own, or list them in a .csv manifest (path,label)"
        )
    if not folders:
        raise DataError(f"{root}: no class folders in it; give a folder of class folders")
    if len(folders) == 1 and _holds_folders(folders[0]):
        raise DataError(
            f"{root}: the class folders seem to be in {folders[0].name}/, its only folder; "
            f"give {folders[0]}"
        )

    whole = [f for f in folders if (f / "train").is_dir() and _holds_folders(f / "train")]
    if whole:
        raise DataError(
            f"{root}: its folders are data sets with a train/ folder, not classes: "
            f"{some([folder.name for folder in whole])}; give one of them, such as {whole[0]}"
        )


def _refuse_different_classes(root: Path, by_split: dict[str, list[Listed]]) -> None:
    classes = {split: {one.class_name for one in listed} for split, listed in by_split.items()}
    wrong = []
    for split in by_split.keys() - {"train"}:
        for name in sorted(classes[split] - classes["train"]):
            hint = did_you_mean(name, classes["train"])
            wrong.append(f"{name!r} is in {split} but not in train{hint}")
        for name in sorted(classes["train"] - classes[split]):
            wrong.append(f"{name!r} is in train but not in {split}")
    if wrong:
        raise DataError(f"{root}: the splits differ in their classes: {some(sorted(wrong))}")


def _notes(walk: _Walk) -> list[str]:
    notes = []
    if walk.others:
        kinds = some([f"{count} x {kind}" for kind, count in sorted(walk.others.items())])
        count = counted(sum(walk.others.values()), "other file")
        notes.append(f"Not used: {count}: {kinds}.")
    if walk.loops:
        notes.append(f"Not followed: links back to a folder above: {some(walk.loops)}.")
    return notes
