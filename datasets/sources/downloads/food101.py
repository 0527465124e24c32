"""Food-101 with its official division into training and test images.

Bossard, Guillaumin and Van Gool, Food-101 - Mining Discriminative Components with Random Forests,
ECCV 2014. The images are for research use.
"""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

from ...dataset import Progress
from ...errors import DataError
from .download import Archive

ARCHIVE = Archive(
    url="http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz",
    md5="85eeb15f3717b99a5da872d97d918f87",
)
TEN_CLASSES = (
    "beef_carpaccio", "bibimbap", "cheese_plate", "chocolate_cake", "churros",
    "dumplings", "fish_and_chips", "french_toast", "fried_rice", "strawberry_shortcake",
)  # fmt: skip
IMAGES_PER_CLASS = 1000
_CLASSES = 101
_IMAGE = re.compile(r"food-101/images/([a-z0-9_]+)/([0-9]+)\.jpg")
_LIST = re.compile(r"food-101/meta/(train|test)\.txt")
_LISTED = re.compile(r"[a-z0-9_]+/[0-9]+")


def unpack(
    archive: Path,
    folder: Path,
    classes: Collection[str] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the images of the archive into train/ and test/ class folders.

    Only members whose names are those of images and lists are read, links are not followed,
    and every path is built from a class and a number, so that nothing can land elsewhere.

    Args:
        archive: the file as published.
        folder: an empty folder.
        classes: which classes to take; None for all.
        progress: called with the images written and those to come.

    Raises:
        DataError: the archive is not one, or its lists or the images they name are missing.
    """
    unsorted = folder / "unsorted"
    lists: dict[str, list[str]] = {}
    total = (len(classes) if classes else _CLASSES) * IMAGES_PER_CLASS
    done = 0
    try:
        with tarfile.open(archive, "r|gz") as members:
            for member in members:
                content = members.extractfile(member) if member.isfile() else None
                if content is None:
                    continue
                image, listed = _IMAGE.fullmatch(member.name), _LIST.fullmatch(member.name)
                if listed:
                    lines = content.read().decode("ascii", "replace").split()
                    lists[listed[1]] = [line for line in lines if _wanted(line, classes)]
                elif image and (not classes or image[1] in classes):
                    _write(content, unsorted / image[1] / f"{image[2]}.jpg")
                    done += 1
                    if progress:
                        progress("unpacking Food-101", done, total)
    except (tarfile.TarError, EOFError) as error:
        raise DataError(f"{archive}: damaged archive ({error}); delete it and try again") from error
    _move(archive, lists, unsorted, folder)


def _wanted(line: str, classes: Collection[str] | None) -> bool:
    return bool(_LISTED.fullmatch(line)) and (not classes or line.split("/")[0] in classes)


def _write(content: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file)


def _move(archive: Path, lists: dict[str, list[str]], unsorted: Path, folder: Path) -> None:
    """Sort the images into train/ and test/ as the archive's own lists say."""
    for split in ("train", "test"):
        if not lists.get(split):
            raise DataError(f"{archive}: no images listed in food-101/meta/{split}.txt")
        for name in lists[split]:
            source, target = unsorted / f"{name}.jpg", folder / split / f"{name}.jpg"
            if not source.exists():
                raise DataError(f"{archive}: {split}.txt lists {name}.jpg, which is not there")
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
    shutil.rmtree(unsorted)
