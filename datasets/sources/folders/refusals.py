"""Folders that look like data sets and cannot be read as one, each refused with what it looks like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...class_names import alike, told_apart
from ...errors import DataError, counted, did_you_mean, some
from .split_names import are_all_split_names, seem_splits, splits_of
from .walk import Folder, holds_folders

_NUMBERED_PART = re.compile(
    r"(?:fold|part|batch|set|subset|chunk|shard|split)[\W_]*\d+", re.IGNORECASE
)


def refuse_other_layouts(root: Path, top: Folder) -> None:
    """Raise `DataError` unless the folders of ``top``, which lies in ``root``, are likely to be classes."""
    filled = top.filled
    names = [folder.name for folder in filled]
    if not filled:
        _refuse_no_classes(root, top)
    if seem_splits(names):
        what = "data sets" if all(map(holds_folders, filled)) else "splits without class folders"
        raise DataError(
            f"{root}: its folders look like {what}, not like classes: {some(names)}; give one train/, with "
            "class folders, and beside it test/ with the same, or a .csv manifest (path,label,split)"
        )
    if same_folders(top) and are_all_split_names(names):
        raise DataError(
            f"{root}: its folders look like splits, but none like that of the training images: {some(names)}; call one "
            "train/, or list the images in a .csv manifest (path,label,split)"
        )
    whole = [f for f in filled if _training_folders(f)]
    if whole:
        train = _training_folders(whole[0])[0]
        raise DataError(
            f"{root}: its folders are data sets with a {train}/ folder, not classes: "
            f"{some([folder.name for folder in whole])}; give one of them, such as {whole[0].path}"
        )
    if all(map(_NUMBERED_PART.fullmatch, names)) and same_folders(top):
        raise DataError(
            f"{root}: its folders look like parts of a data set, not like classes: {some(names)} have the same "
            f"folders ({some(same_folders(top))}); give one of them, or a .csv manifest (path,label,split)"
        )


def same_folders(top: Folder) -> list[str]:
    """Return the names of the folders that lie in each of several folders, if these hold nothing else."""
    inner = [{one.name for one in folder.filled} for folder in top.filled]
    nothing_else = not any(folder.images for folder in top.filled)
    same = len(inner) > 1 and len(inner[0]) > 1 and all(one == inner[0] for one in inner)
    return sorted(inner[0]) if same and nothing_else else []


def refuse_unread(root: Path, empty: Iterable[Folder]) -> None:
    """Raise `DataError` if a folder without images that can be read has images of other formats."""
    for folder in empty:
        found = Counter(folder.all_unread())
        if found:
            kinds = some([f"{count} x {name}" for name, count in sorted(found.items())])
            raise DataError(
                f"{root}: the images in the folder {folder.name} are of formats that are not read ({kinds}); "
                "convert them to PNG or JPEG, or remove the folder"
            )


def refuse_different_classes(root: Path, classes: Mapping[str, set[str]]) -> None:
    """Raise `DataError` if splits have other ``classes`` than train has."""
    train, every = classes["train"], set().union(*classes.values())
    wrong = []
    for split in classes.keys() - {"train"}:
        for name in classes[split] - train:
            hint = _near(name, train - classes[split], every)
            wrong.append(f"{told_apart(name, every)} is in {split} but not in train{hint}")
        wrong += [
            f"{told_apart(name, every)} is in train but not in {split}"
            for name in train - classes[split]
        ]
    if wrong:
        raise DataError(
            f"{root}: the splits differ in their classes: {some(sorted(wrong))}; "
            "name the class folders alike, and put images of each class into each split"
        )


def _near(name: str, known: set[str], every: set[str]) -> str:
    """Return `` (did you mean 'x'?)`` for a known name that looks the same, is close, or has the name in it."""
    for other in sorted(known):
        if alike([name, other]) or name.lower() in other.lower() or other.lower() in name.lower():
            return f" (did you mean {told_apart(other, every)}?)"
    return did_you_mean(name, known)


def _training_folders(folder: Folder) -> list[str]:
    inner = [one.name for one in folder.filled if holds_folders(one)]
    return splits_of(inner, [one.name for one in folder.filled]).get("train", [])


def _refuse_no_classes(root: Path, top: Folder) -> None:
    if top.images:
        raise DataError(
            f"{root}: {counted(len(top.images), 'image')} but no class folders; put the images of each class "
            "in a folder of its own, or list them in a .csv manifest (path,label)"
        )
    refuse_unread(root, [*top.folders, top])
    without = [folder.name for folder in top.folders if not folder.apart]
    if without:
        raise DataError(
            f"{root}: no images in its {'folder' if len(without) == 1 else 'folders'} {some(without)}; give a "
            "folder of class folders"
        )
    raise DataError(f"{root}: no class folders in it; give a folder of class folders")
