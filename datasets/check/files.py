"""A data check as a report can show it: JSON values, and small images of what was found."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from ..errors import DataError
from ..images.decode import open_upright
from .check import Check

_SIDE = 160
_MOST_GROUPS = 12
_MOST_IN_GROUP = 4


def check_content(check: Check) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a check as JSON values, and the thumbnails that its examples name.

    The values are those of `Check.as_dict` with ``examples`` in every finding: groups of {path, thumbnail}, the first
    few; ``thumbnail`` is the name of a JPEG among the thumbnails, or None where the image cannot be read.
    """
    values = check.as_dict()
    names: dict[str, str | None] = {}
    thumbnails: dict[str, bytes] = {}
    for finding in values["findings"]:
        finding["examples"] = [
            [_example(check, path, names, thumbnails) for path in group[:_MOST_IN_GROUP]]
            for group in finding["images"][:_MOST_GROUPS]
        ]
    return values, thumbnails


def _example(
    check: Check, path: str, names: dict[str, str | None], thumbnails: dict[str, bytes]
) -> dict[str, str | None]:
    if path not in names:
        content = _thumbnail(Path(check.root, path))
        names[path] = None
        if content is not None:
            names[path] = name = f"{len(names) - 1:04d}.jpg"
            thumbnails[name] = content
    return {"path": path, "thumbnail": names[path]}


def _thumbnail(path: Path) -> bytes | None:
    written = io.BytesIO()
    try:
        image = open_upright(path, _SIDE)
        image.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
        image.save(written, "JPEG", quality=80)
    except DataError:
        return None
    return written.getvalue()
