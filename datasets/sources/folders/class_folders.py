"""A folder as a source: class folders, or train, validation and test folders of them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError, counted, refuse_no_text, some
from ..reading import Listed, Listing
from .refusals import refuse_different_classes, refuse_other_layouts, refuse_unread, same_folders
from .split_names import SPLIT_FOLDERS, splits_of
from .walk import Folder, Walk, holds_folders


@dataclass(frozen=True)
class _ClassFolder:
    """The images of a class, of one split or of none that is stated."""

    name: str
    split: str | None
    folder: Folder


@dataclass(frozen=True)
class _Layout:
    """What the folders of a data set are.

    ``holders`` are the folders above the class folders, and ``notes`` say how folders were understood.
    """

    classes: tuple[_ClassFolder, ...]
    holders: tuple[Folder, ...]
    notes: tuple[str, ...] = ()


def list_folder(root: Path) -> Listing:
    """List the images of a folder of classes, sorted by path.

    Folders inside a class folder belong to that class; a folder without images is no class. Where one folder holds all
    others, the data set is that folder. `Walk` says which files are images.

    Raises:
        DataError: the folder is not laid out as class folders, or train and test differ in
            their classes.
    """
    walk = Walk(root)
    wraps, top = _unwrapped(walk.top, but=SPLIT_FOLDERS)
    layout = _in_splits(top) or _splits_in_classes(top) or _in_classes(root, top)
    holders = (*wraps, *layout.holders)
    empty = [one for holder in holders for one in holder.folders if not one.has_images]
    refuse_unread(root, empty)
    for one in layout.classes:  # models, tables and pages, where classes go, hold text only
        refuse_no_text(one.name, "the class folder {} has a name that is not UTF-8; rename it")
    if any(one.split for one in layout.classes):
        refuse_different_classes(top.path, _by_split(layout.classes))
    loose = [path for holder in holders for path in holder.images]
    notes = (*layout.notes, *_left_out(walk, loose, empty), *walk.notes())
    listed = [
        Listed(path, one.name, one.split)
        for one in layout.classes
        for path in one.folder.all_images()
    ]
    listed.sort(key=lambda one: walk.relative(one.path))
    return Listing(root.name, top.path, tuple(listed), notes)


def _unwrapped(top: Folder, but: Container[str] = ()) -> tuple[list[Folder], Folder]:
    """Return the folders around a data set, and the data set; folders named as one of ``but`` are around none."""
    wraps: list[Folder] = []
    while len(top.filled) == 1:
        only = top.filled[0]
        if not holds_folders(only) or only.name.lower() in but:
            break
        wraps.append(top)
        top = only
    return wraps, top


def _in_splits(top: Folder) -> _Layout | None:
    """Return the class folders in the folders of splits, if ``top`` has some."""
    within = {folder.name: _unwrapped(folder) for folder in top.filled}
    within = {name: found for name, found in within.items() if holds_folders(found[1])}
    splits = splits_of(within, [folder.name for folder in top.filled])
    if not splits:
        _refuse_no_train(top, list(within))
        return None
    names = _one_of_each(top, splits)
    inner = {split: within[name][1] for split, name in names.items()}
    wraps = [wrap for name in names.values() for wrap in within[name][0]]
    notes = []
    if any(inner[split].path.name.lower() not in SPLIT_FOLDERS for split in names):
        meant = [f"{name}/ as {split}" for split, name in names.items()]
        notes.append(f"Taken as splits: {some(meant)}.")
    unused = [
        f"{folder.name} ({counted(len(folder.all_images()), 'image')})"
        for folder in top.filled
        if folder.name not in names.values()
    ]
    if unused:
        beside = f"{counted(len(unused), 'folder')} beside {names['train']}/"
        notes.append(f"Not used: {beside}: {some(unused)}.")
    classes = [
        _ClassFolder(one.name, split, one)
        for split, folder in inner.items()
        for one in folder.filled
    ]
    return _Layout(tuple(classes), (top, *wraps, *inner.values()), tuple(notes))


def _splits_in_classes(top: Folder) -> _Layout | None:
    """Return the classes of ``top`` where each holds nothing but its images of each split."""
    classes = []
    for folder in top.filled:
        inner = [one.name for one in folder.filled]
        splits = splits_of(inner, inner)
        if folder.images or sum(map(len, splits.values())) < len(folder.filled):
            return None
        if any(map(holds_folders, folder.filled)):
            return None
        names = _one_of_each(folder, splits)
        by_name = {one.name: one for one in folder.filled}
        classes += [
            _ClassFolder(folder.name, split, by_name[name]) for split, name in names.items()
        ]
    if not classes:
        return None
    stated = some(sorted({f"{one.folder.name}/" for one in classes}))
    return _Layout(
        tuple(classes), (top, *top.filled), (f"Taken as splits: {stated} in each class folder.",)
    )


def _in_classes(root: Path, top: Folder) -> _Layout:
    """Return the folders of ``top`` as the classes."""
    refuse_other_layouts(root, top)
    classes = tuple(_ClassFolder(folder.name, None, folder) for folder in top.filled)
    same = same_folders(top)
    notes = []
    if same:
        notes.append(
            f"All classes ({some([one.name for one in classes])}) have the same folders, {some(same)}; if these are "
            "the classes, list the images in a .csv manifest (path,label)."
        )
    return _Layout(classes, (top,), tuple(notes))


def _one_of_each(top: Folder, splits: dict[str, list[str]]) -> dict[str, str]:
    """Return the one folder of each split."""
    for split, names in splits.items():
        if len(names) > 1:
            raise DataError(
                f"{top.path}: more than one folder of {split} images ({some(names)}); keep one of them"
            )
    return {split: names[0] for split, names in splits.items()}


def _refuse_no_train(top: Folder, names: list[str]) -> None:
    found = [f"{name}/" for name in names if name.lower() in SPLIT_FOLDERS]
    if found:
        raise DataError(
            f"{top.path}: has {some(found)} but no train/ folder; add train/ with class folders"
        )


def _by_split(classes: Sequence[_ClassFolder]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in classes:
        if one.split:
            found.setdefault(one.split, set()).add(one.name)
    return found


def _left_out(walk: Walk, loose: list[Path], empty: list[Folder]) -> list[str]:
    notes = []
    if loose:
        count, paths = counted(len(loose), "image"), [walk.relative(path) for path in loose]
        notes.append(f"Not used: {count} outside the class folders: {some(paths)}.")
    without = [walk.relative(folder.path) for folder in empty if not folder.apart]
    if without:
        count = counted(len(without), "folder")
        notes.append(f"Passed over: {count} without images: {some(without)}.")
    return notes
