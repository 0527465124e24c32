"""Folder trees as people have them, written from one line each."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
_HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
_TIFF_RAW = b"II*\0" + bytes(60)


@cache
def image(form: str, seed: int, side: int = 40) -> bytes:
    """Return an image of random colours in one of Pillow's formats."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


CONTENTS: dict[str, Callable[[int], bytes]] = {
    "bmp": lambda seed: image("BMP", seed),
    "empty": lambda seed: b"",
    "gif": lambda seed: image("GIF", seed),
    "heic": lambda seed: _HEIC,
    "jpeg": lambda seed: image("JPEG", seed),
    "jxl": lambda seed: b"\xff\x0a" + bytes(40),
    "mp4": lambda seed: b"\0\0\0\x18ftypisom\0\0\0\0mp42avc1" + bytes(40),
    "pointer": lambda seed: _POINTER,
    "png": lambda seed: image("PNG", seed),
    "raw": lambda seed: _TIFF_RAW,
    "text": lambda seed: b"text",
    "text_of_bmw": lambda seed: b"BMW is a maker of cars, and this is a text.",
    "webp": lambda seed: image("WEBP", seed),
}
_TEXTS = (".csv", ".json", ".jsonl", ".md", ".npy", ".py", ".tag", ".txt", ".cfg")


def plant(root: Path, paths: Iterable[str]) -> None:
    """Write files: paths, with ``=content`` or ``->target`` for a link; folders end in a slash."""
    for number, path_and_content in enumerate(paths):
        name, _, content = path_and_content.partition("=")
        name, arrow, target = name.partition("->")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if arrow:
            path.symlink_to(os.path.relpath(root / target, path.parent))
        elif name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            content = content or ("text" if path.suffix.lower() in _TEXTS else "png")
            path.write_bytes(CONTENTS[content](number))


@dataclass(frozen=True)
class Case:
    """A tree, and what it is read as: images, a pattern of the notes, unreadable images, or a pattern of the refusal.

    ``images`` are "class: paths; class split: paths", and ``lost`` maps paths to patterns of the cause.
    """

    name: str
    tree: str
    images: str = ""
    note: str = "^$"
    lost: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""

    @property
    def expected(self) -> dict[str, list[str]]:
        """The sorted paths of the images of each class and split."""
        parts = (part.split(": ") for part in self.images.split("; "))
        return {key: sorted(paths.split()) for key, paths in parts}
