"""A data check as files that a report can show: JSON, and small images of what was found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from PIL import Image

from ..errors import DataError
from ..images.decode import open_upright
from .check import Check

JSON = "data_check.json"
IMAGES = "data_check"
_SIDE = 160
_MOST_GROUPS = 12
_MOST_IN_GROUP = 4


def write_check(check: Check, folder: Path) -> None:
    """Write `data_check.json` and the images in `data_check/` into a folder, replacing earlier ones.

    The JSON is `Check.as_dict` with ``examples`` in every finding: groups of {path, thumbnail}, the first few;
    ``thumbnail`` is a JPEG file's path relative to ``folder``, or None where the image cannot be read.

    Raises:
        OSError: the folder cannot be written.
    """
    shutil.rmtree(folder / IMAGES, ignore_errors=True)
    (folder / IMAGES).mkdir(parents=True)
    values = check.as_dict()
    known: dict[str, str | None] = {}
    for finding in values["findings"]:
        finding["examples"] = [
            [_example(check, path, known, folder) for path in group[:_MOST_IN_GROUP]]
            for group in finding["images"][:_MOST_GROUPS]
        ]
    beside = folder / f".{JSON}.part"
    # Half characters, as in odd file names, become escapes that JSON knows.
    beside.write_bytes(
        json.dumps(values, indent=1, ensure_ascii=False).encode(errors="backslashreplace")
    )
    beside.replace(folder / JSON)


def _example(check: Check, path: str, known: dict[str, str | None], folder: Path) -> dict:
    if path not in known:
        known[path] = _thumbnail(Path(check.root, path), folder, len(known))
    return {"path": path, "thumbnail": known[path]}


def _thumbnail(path: Path, folder: Path, number: int) -> str | None:
    name = f"{IMAGES}/{number:04d}.jpg"
    try:
        image = open_upright(path, _SIDE)
        image.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
        image.save(folder / name, quality=80)
    except DataError:
        return None
    return name
