"""Images the project draws itself: one shape each, hard to tell apart by colour or place.

Position, size, rotation, aspect and colours vary; the ground is a cloudy texture with stripes,
strokes and dots in the way, and noise lies over everything. So pixels as they are say little about the class,
and features that know edges and corners say much.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from ...errors import DataError, did_you_mean
from .shapes import SHAPES

DRAWING_VERSION = 1
"""Raised whenever the same arguments give other images."""

_FINE = 2
"""Shapes are drawn this many times larger and averaged down, which smooths their edges."""


def draw_images(
    classes: Sequence[str], per_class: int, size: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``per_class`` images of each named shape, class after class.

    An image depends on its class, its number within the class, ``size`` and ``seed`` alone: asking for more
    images or other classes does not change it.

    Returns:
        pixels, uint8 of shape (N, size, size, 3), and labels, int64 of shape (N,), which index
        ``classes``.

    Raises:
        DataError: a class is not in `SHAPES`, or ``size`` is below 16.
    """
    unknown = [name for name in classes if name not in SHAPES]
    if unknown:
        raise DataError(
            f"no shape is called {unknown[0]!r}{did_you_mean(unknown[0], SHAPES)}; "
            f"there are {', '.join(SHAPES)}"
        )
    if size < 16:
        raise DataError(f"drawn images need at least 16 pixels a side, but got {size}")
    pixels = np.empty((len(classes) * per_class, size, size, 3), dtype=np.uint8)
    for place, name in enumerate(classes):
        for number in range(per_class):
            rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
            pixels[place * per_class + number] = _draw(name, size, rng)
    return pixels, np.repeat(np.arange(len(classes), dtype=np.int64), per_class)


def _draw(name: str, size: int, rng: np.random.Generator) -> np.ndarray:
    ground, figure = _two_colours(rng)
    canvas = _texture(ground, size, rng)
    _clutter(canvas, rng)
    filled = _texture(figure, size, rng)
    canvas.paste(filled, mask=_mask(name, size, rng))
    noise = rng.normal(0, rng.uniform(3, 14), (size, size, 3)).astype(np.float32)
    return np.clip(np.asarray(canvas) + noise, 0, 255).astype(np.uint8)


def _two_colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return two RGB colours that are apart enough to see one on the other."""
    while True:
        first, second = rng.uniform(20, 235, (2, 3))
        if 100 < np.linalg.norm(first - second) < 220:
            return first, second


def _texture(colour: np.ndarray, size: int, rng: np.random.Generator) -> Image.Image:
    """Return the colour with clouds and, half of the time, stripes."""
    cells = int(rng.integers(2, 9))
    rough = rng.normal(0, rng.uniform(5, 25), (cells, cells, 3)) + colour
    clouds = Image.fromarray(np.clip(rough, 0, 255).astype(np.uint8))
    clouds = clouds.resize((size, size), Image.Resampling.BICUBIC)
    if rng.random() < 0.5:
        return clouds
    turn, period, phase = rng.uniform(0, np.pi), rng.uniform(0.06, 0.3), rng.uniform(0, 2 * np.pi)
    x = np.arange(size, dtype=np.float32) * (2 * np.pi / (period * size))
    wave = np.sin(x[None, :] * np.cos(turn) + x[:, None] * np.sin(turn) + phase)
    striped = np.asarray(clouds) + rng.uniform(5, 20) * wave[:, :, None]
    return Image.fromarray(np.clip(striped, 0, 255).astype(np.uint8))


def _clutter(canvas: Image.Image, rng: np.random.Generator) -> None:
    """Lay strokes and dots on the ground, which the shape will partly cover."""
    pen = ImageDraw.Draw(canvas)
    size = canvas.width
    for _ in range(rng.integers(0, 4)):
        colour = tuple(rng.integers(0, 256, 3).tolist())
        ends = (rng.uniform(-0.1, 1.1, 4) * size).tolist()
        pen.line(ends, fill=colour, width=max(1, round(rng.uniform(0.01, 0.06) * size)))
    for _ in range(rng.integers(0, 4)):
        colour = tuple(rng.integers(0, 256, 3).tolist())
        x, y = (rng.uniform(0, 1, 2) * size).tolist()
        wide, high = (rng.uniform(0.02, 0.07, 2) * size).tolist()
        pen.ellipse((x - wide, y - high, x + wide, y + high), fill=colour)


def _mask(name: str, size: int, rng: np.random.Generator) -> Image.Image:
    """Return where the shape is: gray of shape (size, size), smooth at the edges."""
    fine = size * _FINE
    radius = rng.uniform(0.22, 0.42) * fine
    stretch = np.exp(rng.uniform(-0.15, 0.15))
    turn = rng.uniform(0, 2 * np.pi)
    centre = rng.uniform(0.9 * radius, fine - 0.9 * radius, 2)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    onto = np.diag([stretch, 1 / stretch]) @ rotation * radius
    mask = Image.new("1", (fine, fine))
    for outline in SHAPES[name]:
        layer = Image.new("1", (fine, fine))
        ImageDraw.Draw(layer).polygon((outline @ onto + centre).ravel().tolist(), fill=1)
        mask = ImageChops.logical_xor(mask, layer)
    return mask.convert("L").reduce(_FINE)
