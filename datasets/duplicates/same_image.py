"""Compare two images closely after aligning them.

Their fine structure must agree nearly everywhere: two plates on the same table agree in outline and light, but not in
what is on them. The fine structure is compared block by block.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import DataError
from ..images.decode import open_upright
from ..statistics.descriptors import turned
from .alignment import align, places, points, sample

_BLOCKS = 8
_COARSE, _FINE = 64, 128
_ENOUGH = 144
"""Pixels a side from which images are compared at the fine side too; compression decides near it."""
_LEAST_SIDE = 24
_INSIDE = 0.95
_FAINT = 2.0
"""Blocks whose fine structure has a deviation of fewer gray levels say nothing."""
_FEWEST_BLOCKS = 6
_QUANTILES = (0.1, 0.25)
_LEAST = {
    "small": ((0.7, 0.8), (0.83, 0.88)),
    "coarse": ((0.8, 0.85), (0.93, 0.95)),
    "fine": ((0.5, 0.65), (0.82, 0.9)),
}
"""The least agreement of the worst tenth and quarter of the blocks: of images without more detail, and of large ones
at two sides; for full images, and for those on a plain ground, whose outlines alone agree easily. Measured: crops and
recompression to quality 10 pass, another plate of the same kind does not.
"""
_PLAIN = 48
"""Images with fewer than so many of the 64 blocks compared are on a plain ground."""


def same_image(a: Path, b: Path, turn: int, start: np.ndarray) -> bool:
    """Return whether ``b`` shows a part of ``a`` after ``turn``, or all of it; ``start`` is a map of `align`, (6,)."""
    try:
        one, other = open_upright(a, 2 * _FINE), open_upright(b, 2 * _FINE)
    except DataError:  # an image that has gone resembles nothing
        return False
    side = float(np.sqrt(abs(start[0] * start[4] - start[1] * start[3])))
    detail = min(min(one.size) * side, min(other.size))
    maps = start[None]
    sizes = _sizes(detail)
    for size in sizes:
        shown = turned(_gray(one, max(size, round(size / side))), turn)[None]
        target = _gray(other, size)[None]
        aligned = align(shown, target, maps, steps=6)
        maps = aligned.maps
        if size >= min(_COARSE, sizes[-1]) and not _agree(
            agreement(shown, target, maps), size, sizes
        ):
            return False
    return True


def _agree(blocks: np.ndarray, size: int, sizes: tuple[int, ...]) -> bool:
    if len(blocks) < _FEWEST_BLOCKS:
        return False
    large = {_COARSE: "coarse", _FINE: "fine"} if _FINE in sizes else {}
    least = _LEAST[large.get(size, "small")][len(blocks) < _PLAIN]
    return all(np.quantile(blocks, q) >= bound for q, bound in zip(_QUANTILES, least, strict=True))


def _sizes(detail: float) -> tuple[int, ...]:
    """Return the sides at which to compare, from coarse to fine, none finer than the images are."""
    if detail >= _ENOUGH:
        return (16, 32, _COARSE, _FINE)
    finest = int(np.clip(detail // _BLOCKS * _BLOCKS, _LEAST_SIDE, _COARSE))
    return tuple(dict.fromkeys((16, min(32, finest), finest)))


def _gray(image: Image.Image, side: int) -> np.ndarray:
    return np.asarray(
        image.convert("L").resize((side, side), Image.Resampling.BOX), dtype=np.float32
    )


def agreement(shown: np.ndarray, target: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Return how the fine structure of blocks agrees, from -1 to 1, sorted; none for faint blocks.

    Args:
        shown: one gray image, float32 (1, m, m).
        target: another, (1, n, n).
        maps: where the pixels of ``target`` lie in ``shown``, (1, 6).
    """
    size = target.shape[-1]
    x, y = places(maps, *points(size))
    inside = ((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)).reshape(size, size)
    if inside.mean() < _INSIDE:
        return np.empty(0)
    laid, _, _ = sample(shown, x, y)
    one, other = _fine(laid.reshape(size, size)), _fine(target[0])
    strength = np.sqrt(np.maximum((one**2).mean(axis=1), (other**2).mean(axis=1)))
    compared = (strength > _FAINT) & _blocks(inside).all(axis=1)
    one, other = one[compared], other[compared]
    products = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.sort((one * other).sum(axis=1) / (products + 1e-6))


def _fine(image: np.ndarray) -> np.ndarray:
    """Return blocks of an image's fine structure, each around its own mean."""
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(image, 1.0)
    blocks = _blocks(smooth - gaussian_filter(smooth, 2.5))
    return blocks - blocks.mean(axis=1, keepdims=True)


def _blocks(values: np.ndarray) -> np.ndarray:
    side = values.shape[0] // _BLOCKS
    blocks = values.reshape(_BLOCKS, side, _BLOCKS, side).transpose(0, 2, 1, 3)
    return blocks.reshape(_BLOCKS * _BLOCKS, side * side)
