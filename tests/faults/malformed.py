"""Malformed inputs, generated: what each is called, how it is made, and the command that meets it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SEARCH = ("search", "--space", "plates", "--weights", "none", "--in-process")


@dataclass(frozen=True)
class Case:
    """One malformed input: `make(folder)` writes it, `words` is the command line in that folder, `says` a pattern."""

    name: str
    words: tuple[str, ...]
    says: str
    make: Callable[[Path], None] = lambda folder: None
    environment: tuple[tuple[str, str], ...] = ()


def files(**contents) -> Callable[[Path], None]:
    """Return the maker of files; `__` in a name is a folder's end, `_DOT_` a dot."""

    def make(folder: Path) -> None:
        for name, content in contents.items():
            path = folder / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


def together(*makers: Callable[[Path], None]) -> Callable[[Path], None]:
    """Return the maker of what several make."""

    def make(folder: Path) -> None:
        for one in makers:
            one(folder)

    return make


def png(colour: int = 0, side: int = 24) -> bytes:
    """Return a small real image."""
    noise = np.random.default_rng(colour).integers(0, 255, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """Return a PNG of a few hundred bytes that says it has billions of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100))
    parts = chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def images(count: int = 4, classes: tuple[str, ...] = ("cat", "dog"), **others: bytes | str):
    """Return the maker of a folder `p` of class folders with real images, and other files in it."""

    def make(folder: Path) -> None:
        for label, name in enumerate(classes):
            (folder / "p" / name).mkdir(parents=True)
            for i in range(count):
                (folder / "p" / name / f"{i}.png").write_bytes(png(100 * label + i))
        files(**others)(folder)

    return make


def class_files(content: bytes | str, suffix: str = "png") -> Callable[[Path], None]:
    """Return the maker of a folder `p` of two classes whose files all hold `content`."""
    names = [f"p__{c}__{i}_DOT_{suffix}" for c in ("cat", "dog") for i in range(4)]
    return files(**dict.fromkeys(names, content))
