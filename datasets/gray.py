"""Gray images of more than 8 bits: one scale for all of a data set.

A file of 16 bits may hold 8 to 16 bits of values, and whole numbers of 32 bits and floating-point numbers have no
range of their own. The scale is the range of the values in the training images. So the same value is the same gray
in every image, and little of the 8 bits is lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

KINDS = {"uint16": "16-bit", "int32": "32-bit", "float32": "floating-point"}
"""The kinds of values, and what people call them; each has its own scale."""
_PARTS = 3
"""Binary digits of a range that are kept: its ends are rounded outwards to an eighth of a power of two."""
_WHOLE_16 = (0.0, 65535.0)


@dataclass(frozen=True)
class GrayRange:
    """The least and the greatest finite value of one image, of one of `KINDS`."""

    kind: str
    low: float
    high: float


@dataclass(frozen=True)
class GrayScale:
    """Which value is black and which is white, as (kind, black, white) of each kind that occurs."""

    ranges: tuple[tuple[str, float, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def of(self, kind: str) -> tuple[float, float] | None:
        """Return the values of black and white, or None for a kind that the training images do not have."""
        return next(((low, high) for one, low, high in self.ranges if one == kind), None)

    def levels(self, image: GrayRange) -> float:
        """Return how many of the 256 gray values an image can have at most."""
        black, white = self.of(image.kind) or (image.low, image.high)
        return 1 + min(255.0, 255 * (image.high - image.low) / max(white - black, 1e-300))

    @property
    def words(self) -> str:
        """Say what becomes black and white."""
        ranges = (f"{low:g} to {high:g} ({KINDS[kind]})" for kind, low, high in self.ranges)
        become = "become" if len(self.ranges) > 1 else "becomes"
        return f"{' and '.join(ranges)} {become} 0 to 255"

    def as_dict(self) -> dict[str, tuple[float, float]]:
        """Return JSON values, which `from_dict` reads."""
        return {kind: (low, high) for kind, low, high in self.ranges}

    @classmethod
    def from_dict(cls, values: Any) -> GrayScale:
        """Return the scale of JSON values.

        Raises:
            ValueError: they are of another kind, or black is above white.
        """
        if not isinstance(values, dict) or not values.keys() <= KINDS.keys():
            raise ValueError(f"a gray scale has the kinds {', '.join(KINDS)}, but got {values!r}")
        found = []
        for kind, ends in sorted(values.items()):
            try:
                black, white = map(float, ends)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"black and white must be two numbers, but got {ends!r}"
                ) from error
            if not -math.inf < black <= white < math.inf:
                raise ValueError(f"black must not be above white, but got {ends!r}")
            found.append((kind, black, white))
        return cls(tuple(found))


OWN_RANGE = GrayScale()
"""Scales every image of more than 8 bits of gray by its own range."""


def gray_scale(images: Iterable[GrayRange | None]) -> GrayScale:
    """Return the scale that holds all values of the training images; None stands for an image of 8 bits."""
    ends: dict[str, tuple[float, float]] = {}
    for image in images:
        if image is not None:
            low, high = ends.get(image.kind, (image.low, image.high))
            ends[image.kind] = min(low, image.low), max(high, image.high)
    return GrayScale(tuple((kind, *_outwards(kind, *ends[kind])) for kind in sorted(ends)))


def gray_range(image: Image.Image) -> GrayRange | None:
    """Return the range of a loaded image of more than 8 bits of gray, and None of any other."""
    kind = _kind(image)
    if kind is None:
        return None
    values = np.asarray(image)
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    return GrayRange(kind, low, high)


def eight_bits(image: Image.Image, scale: GrayScale) -> Image.Image:
    """Bring an image to 8 bits of gray, by its own range where the scale has none of its kind; others stay."""
    own = gray_range(image)
    if own is None:
        return image
    black, white = scale.of(own.kind) or _own_ends(own)
    values = np.asarray(image).astype(np.float64)
    values = np.clip(np.nan_to_num(values, nan=black), black, white) - black
    values *= 255.0 / (white - black) if white > black else 0.0
    return Image.fromarray(np.rint(values).astype(np.uint8))


def _own_ends(image: GrayRange) -> tuple[float, float]:
    """Return black and white of an image of a kind that no training image has; most of 16 bits count as all."""
    if image.kind == "uint16" and image.high - image.low > 2**15:
        return _WHOLE_16
    return image.low, image.high


def _kind(image: Image.Image) -> str | None:
    if image.mode == "F":
        return "float32"
    # Older Pillow opens a 16-bit PNG in mode "I"; elsewhere that mode holds 32 bits.
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
        return "uint16"
    return "int32" if image.mode.startswith("I") else None


def _outwards(kind: str, low: float, high: float) -> tuple[float, float]:
    """Return a range that hardly depends on which images were chosen; most of 16 bits count as all."""
    one = 0 if kind == "float32" else 1
    width = high - low + one
    if width <= 0:
        return low, high
    step = 2.0 ** (math.floor(math.log2(width)) - _PARTS)
    step = max(step, one)
    low, high = math.floor(low / step) * step, math.ceil((high + one) / step) * step - one
    return _WHOLE_16 if kind == "uint16" and high - low > 2**15 else (low, high)
