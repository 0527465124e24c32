"""Align one image with a part of another, many pairs at once.

An affine map and a gain of brightness are fitted by Gauss-Newton steps on the squared difference (Lucas and Kanade, An
Iterative Image Registration Technique, 1981). The correlation after the fit is the evidence that both show the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Alignment:
    """Where the pixels of ``b`` lie in ``a``: maps, float32 (P, 6), and the correlation there, float32 (P,).

    A point (x, y) of b, each from -0.5 to 0.5, lies at (m0 x + m1 y + m2, m3 x + m4 y + m5) in a, each from 0 to 1.
    """

    maps: np.ndarray
    correlation: np.ndarray


def maps_of_boxes(boxes: np.ndarray) -> np.ndarray:
    """Return the maps of parts of a, float32 (P, 6), from their side, left and top, (P, 3)."""
    side, left, top = boxes.T.astype(np.float32)
    zero = np.zeros_like(side)
    return np.stack([side, zero, left + side / 2, zero, side, top + side / 2], axis=1)


def align(a: np.ndarray, b: np.ndarray, maps: np.ndarray, steps: int) -> Alignment:
    """Improve the maps, (P, 6), of gray images: ``a`` is float32 (P, m, m), ``b`` is float32 (P, n, n)."""
    pairs, target = len(b), b.reshape(len(b), -1)
    target = target - target.mean(axis=1, keepdims=True)
    x, y = points(b.shape[-1])
    maps = maps.astype(np.float32)
    for step in range(steps + 1):
        shown, along_x, along_y = sample(a, *places(maps, x, y))
        shown = shown - shown.mean(axis=1, keepdims=True)
        power, common = (shown**2).sum(axis=1), (shown * target).sum(axis=1)
        if step == steps:
            break
        gain = np.clip(common / (power + 1e-6), 0.2, 5)[:, None]
        along_x, along_y = along_x * gain, along_y * gain
        slopes = np.stack(
            [along_x * x, along_x * y, along_x, along_y * x, along_y * y, along_y], axis=-1
        )
        slopes -= slopes.mean(axis=1, keepdims=True)
        normal = np.matmul(slopes.transpose(0, 2, 1), slopes)
        trace = np.trace(normal, axis1=1, axis2=2)
        normal += (1e-3 * (trace / 6 + 1))[:, None, None] * np.eye(6, dtype=np.float32)
        wanted = np.matmul(slopes.transpose(0, 2, 1), (target - gain * shown)[..., None])
        maps = maps + np.linalg.solve(normal, wanted).reshape(pairs, 6)
    correlation = common / np.sqrt(power * (target**2).sum(axis=1) + 1e-6)
    return Alignment(maps, correlation)


def places(maps: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where points of b lie in a, each (P, points)."""
    m = maps[:, :, None]
    return m[:, 0] * x + m[:, 1] * y + m[:, 2], m[:, 3] * x + m[:, 4] * y + m[:, 5]


def points(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the pixels of a square image, each (side * side,)."""
    y, x = ((np.mgrid[0:side, 0:side] + 0.5) / side - 0.5).astype(np.float32)
    return x.ravel(), y.ravel()


def sample(a: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return images (P, m, m) at places, and their slopes along x and y, bilinear, each (P, points)."""
    m = a.shape[-1]
    across, down = np.clip(x * m - 0.5, 0, m - 1.001), np.clip(y * m - 0.5, 0, m - 1.001)
    left, top = across.astype(np.int32), down.astype(np.int32)
    across, down = (across - left).astype(np.float32), (down - top).astype(np.float32)
    corner = (np.arange(len(a))[:, None] * m + top) * m + left
    flat = a.reshape(-1)
    nw, ne, sw, se = (flat[corner + offset] for offset in (0, 1, m, m + 1))
    north, south = nw + (ne - nw) * across, sw + (se - sw) * across
    slope_x = (ne - nw) * (1 - down) + (se - sw) * down
    return north + (south - north) * down, slope_x * m, (south - north) * m
