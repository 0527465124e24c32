"""The facts of one image: kind, size, colours, and a thumbnail to find its duplicates."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from ..gray import GrayRange
from ..images.decode import open_bytes, rgb_of
from .descriptors import THUMB

DRAFT = 128
"""Formats that allow it are decoded at a reduced size of at least so many pixels a side."""
_LARGEST = 512
_BITS_PER_SAMPLE = 258
_MOVING = ("GIF", "PNG", "TIFF", "WEBP")


@dataclass(frozen=True)
class Facts:
    """One image.

    ``width`` and ``height`` are those of the file, before EXIF's ``orientation`` (1: upright) turns it; ``bits`` are
    those of a channel; ``frames`` are more than 1 in animations; ``transparent`` says whether parts may be. ``low``,
    ``high``, ``mean`` and ``square`` (the mean of the squares) are of the red, green and blue values, 0..255, of the
    image as it is decoded here. ``gray`` is the range of more than 8 bits of gray; ``unended`` says that a JPEG
    lacks its end marker.
    ``thumb`` is gray, THUMB x THUMB bytes.
    """

    width: int
    height: int
    format: str
    mode: str
    bits: int
    frames: int
    transparent: bool
    orientation: int
    low: tuple[int, ...]
    high: tuple[int, ...]
    mean: tuple[float, ...]
    square: tuple[float, ...]
    thumb: bytes
    gray: GrayRange | None = None
    unended: bool = False

    def to_row(self) -> tuple[str, bytes]:
        """Return JSON and the thumbnail, from which `from_row` makes the same facts."""
        values = asdict(self)
        thumb = values.pop("thumb")
        return json.dumps(values), thumb

    @classmethod
    def from_row(cls, text: str, thumb: bytes) -> Facts:
        """Return the facts that `to_row` gave."""
        values = json.loads(text)
        lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        gray = values["gray"] and GrayRange(**values["gray"])
        return cls(**{**values, **lists, "gray": gray}, thumb=thumb)


def look(data: bytes, *, max_pixels: int | None = None) -> Facts:
    """Decode the bytes of an image and return its facts.

    Raises:
        DataError: the bytes are not an image, or one that is damaged or too large; the message does not name the file.
    """
    image = open_bytes(data, max_pixels)
    header: dict[str, Any] = {
        "width": image.width,
        "height": image.height,
        "format": "JPEG" if image.format == "MPO" else image.format,
        "mode": image.mode,
        "bits": _bits(image, data),
        "frames": _frames(image),
        "transparent": image.has_transparency_data,
    }
    decoded = rgb_of(image, DRAFT)
    upright = decoded.image
    factor = max(1, min(upright.size) // _LARGEST)
    seen = upright.reduce(factor) if factor > 1 else upright
    counts = np.array(seen.histogram(), dtype=np.float64).reshape(3, 256)
    present = [np.flatnonzero(channel) for channel in counts]
    shares, values = counts / counts.sum(axis=1, keepdims=True), np.arange(256.0)
    thumb = seen.convert("L").resize((THUMB, THUMB), Image.Resampling.BOX)
    return Facts(
        **header,
        orientation=decoded.orientation,
        low=tuple(int(found[0]) for found in present),
        high=tuple(int(found[-1]) for found in present),
        mean=tuple((shares @ values).tolist()),
        square=tuple((shares @ values**2).tolist()),
        thumb=thumb.tobytes(),
        gray=decoded.gray,
        unended=decoded.unended,
    )


def _bits(image: Image.Image, data: bytes) -> int:
    if (
        image.format == "PNG"
    ):  # Pillow reduces 16-bit colour without a word; IHDR says what there is
        return max(8, data[24])
    if isinstance(image, TiffImageFile):
        try:
            return max(8, *image.tag_v2.get(_BITS_PER_SAMPLE, (8,)))
        except TypeError:
            return 8
    return 8


def _frames(image: Image.Image) -> int:
    if image.format not in _MOVING:
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # a reader that stumbles over later frames; the first is what is used
        return 1
