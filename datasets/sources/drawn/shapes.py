"""The outlines that drawn images show, as plain numbers.

A shape is a tuple of polygons, each an array (corners, 2) with x to the right and y down, within
the unit circle or nearly so. Polygons are filled by the even-odd rule: where two overlap is a hole.
"""

from __future__ import annotations

import numpy as np

Outline = tuple[np.ndarray, ...]


def _polygon(*corners: tuple[float, float]) -> np.ndarray:
    return np.array(corners, dtype=np.float64)


def _arc(radius: float, start: float = 0, stop: float = 360, steps: int = 40) -> np.ndarray:
    """Return points on a circle around the origin; angles in degrees, clockwise from the right."""
    angles = np.deg2rad(np.linspace(start, stop, steps, endpoint=stop - start < 360))
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _regular(corners: int) -> np.ndarray:
    return _arc(1, -90, 270, corners)


def _star(points: int, inner: float) -> np.ndarray:
    star = _arc(1, -90, 270, 2 * points)
    star[1::2] *= inner
    return star


def _wave(lobes: int, depth: float) -> np.ndarray:
    """Return a closed curve whose radius swings ``lobes`` times around the circle."""
    circle = _arc(1, steps=80)
    swing = 1 - depth * (0.5 - 0.5 * np.cos(lobes * np.deg2rad(np.arange(80) * 4.5)))
    return circle * swing[:, None]


def _heart() -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([16 * np.sin(t) ** 3, -y], axis=1) / 16


def _crescent() -> np.ndarray:
    bite = _arc(0.646, 84, 276, 30)[::-1] + np.array([0.7, 0])
    return np.concatenate([_arc(1, 40, 320, 40), bite])


SHAPES: dict[str, Outline] = {
    "arrow": (
        _polygon(
            (1, 0), (0.2, -0.7), (0.2, -0.28), (-1, -0.28), (-1, 0.28), (0.2, 0.28), (0.2, 0.7)
        ),
    ),
    "asterisk": (_star(6, 0.3),),
    "chevron": (_polygon((-0.8, -0.8), (0, -0.8), (0.8, 0), (0, 0.8), (-0.8, 0.8), (0, 0)),),
    "circle": (_arc(0.9),),
    "crescent": (_crescent(),),
    "cross": (
        _polygon(
            (-0.3, -1),
            (0.3, -1),
            (0.3, -0.3),
            (1, -0.3),
            (1, 0.3),
            (0.3, 0.3),
            (0.3, 1),
            (-0.3, 1),
            (-0.3, 0.3),
            (-1, 0.3),
            (-1, -0.3),
            (-0.3, -0.3),
        ),
    ),
    "drop": (np.concatenate([_polygon((0, -1)), _arc(0.6, -30, 210, 30) + np.array([0, 0.35])]),),
    "flower": (_wave(5, 0.5),),
    "frame": (_arc(1, 45, 405, 4), _arc(0.55, 45, 405, 4)),
    "gear": (_wave(12, 0.25), _arc(0.35)),
    "half_disc": (_arc(1, 0, 180, 30) - np.array([0, 0.4]),),
    "heart": (_heart(),),
    "hexagon": (_regular(6),),
    "kite": (_polygon((0, -1), (0.6, -0.3), (0, 1), (-0.6, -0.3)),),
    "letter_h": (
        _polygon(
            (-0.8, -0.9),
            (-0.3, -0.9),
            (-0.3, -0.25),
            (0.3, -0.25),
            (0.3, -0.9),
            (0.8, -0.9),
            (0.8, 0.9),
            (0.3, 0.9),
            (0.3, 0.25),
            (-0.3, 0.25),
            (-0.3, 0.9),
            (-0.8, 0.9),
        ),
    ),
    "letter_l": (
        _polygon((-0.7, -0.9), (-0.2, -0.9), (-0.2, 0.4), (0.7, 0.4), (0.7, 0.9), (-0.7, 0.9)),
    ),
    "letter_t": (
        _polygon(
            (-0.8, -0.9),
            (0.8, -0.9),
            (0.8, -0.4),
            (0.25, -0.4),
            (0.25, 0.9),
            (-0.25, 0.9),
            (-0.25, -0.4),
            (-0.8, -0.4),
        ),
    ),
    "letter_u": (
        _polygon(
            (-0.8, -0.8),
            (-0.3, -0.8),
            (-0.3, 0.3),
            (0.3, 0.3),
            (0.3, -0.8),
            (0.8, -0.8),
            (0.8, 0.8),
            (-0.8, 0.8),
        ),
    ),
    "lightning": (
        _polygon((0.1, -1), (-0.6, 0.15), (-0.05, 0.15), (-0.2, 1), (0.6, -0.25), (0.05, -0.25)),
    ),
    "pie": (np.concatenate([_polygon((0, 0)), _arc(0.95, 35, 325, 40)]),),
    "ring": (_arc(0.95), _arc(0.5)),
    "square": (_arc(1, 45, 405, 4),),
    "star": (_star(5, 0.42),),
    "star_of_four": (_star(4, 0.35),),
    "trapezoid": (_polygon((-0.4, -0.6), (0.4, -0.6), (0.95, 0.6), (-0.95, 0.6)),),
    "triangle": (_regular(3),),
}

DRAWN_CLASSES = ("circle", "cross", "ring", "square", "star", "triangle")
"""The classes of the data set `drawn`."""

PRETRAINING_CLASSES = tuple(name for name in SHAPES if name not in DRAWN_CLASSES)
"""The other shapes, for pretraining a backbone that has never seen those of `drawn`."""
