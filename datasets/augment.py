"""Varied views of a training picture, each fixed by its seed and numbers alone."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .errors import DataError, did_you_mean


@dataclass(frozen=True)
class Augmentation:
    """How far a view may be from the picture; every amount is drawn evenly in plus or minus.

    ``flip`` mirrors left and right half of the time. ``rotation`` is in degrees, ``zoom`` and
    ``shift`` are fractions of the side, ``brightness`` is a fraction of white added to all
    pixels, ``contrast`` a fraction by which they move from or to their mean.
    """

    flip: bool = False
    rotation: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "light": Augmentation(flip=True),
    "medium": Augmentation(
        flip=True, rotation=10, zoom=0.1, shift=0.05, brightness=0.1, contrast=0.1
    ),
    "strong": Augmentation(
        flip=True, rotation=20, zoom=0.25, shift=0.1, brightness=0.2, contrast=0.3
    ),
}
"""Named strengths, from weak to strong."""


def augment(pixels: np.ndarray, strength: str, *, seed: int, picture: int, view: int) -> np.ndarray:
    """Return one varied view of a picture, which depends on the arguments alone.

    Args:
        pixels: uint8 of shape (H, W, 3); it is not changed.
        strength: a name in `AUGMENTATIONS`; with ``none`` the result is a copy.
        seed: of the study, 0 or more.
        picture: the picture's index in its data set, 0 or more.
        view: which of the picture's views, 0 or more.

    Returns:
        uint8 array of the same shape. Turning and shifting mirror the picture at its edges.

    Raises:
        DataError: no strength is called so.
    """
    if strength not in AUGMENTATIONS:
        raise DataError(
            f"augmentation must be one of {', '.join(AUGMENTATIONS)}, but got {strength!r}"
            f"{did_you_mean(strength, AUGMENTATIONS)}"
        )
    how = AUGMENTATIONS[strength]
    rng = np.random.default_rng([seed, picture, view, zlib.crc32(strength.encode())])
    result = pixels.copy()
    if how.flip and rng.random() < 0.5:
        result = np.ascontiguousarray(result[:, ::-1])
    if how.rotation or how.zoom or how.shift:
        result = _moved(result, how, rng)
    if how.brightness or how.contrast:
        result = _relit(result, how, rng)
    return result


def _moved(pixels: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Turn, zoom and shift in one bilinear resampling."""
    height, width = pixels.shape[:2]
    margin = max(height, width) // 2
    wide = np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    turn = np.deg2rad(rng.uniform(-how.rotation, how.rotation))
    scale = 1 + rng.uniform(-how.zoom, how.zoom)
    shift = rng.uniform(-how.shift, how.shift, 2) * (width, height)
    # Pillow asks where in the source each pixel of the result comes from.
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centre = np.array([width / 2, height / 2])
    offset = centre + margin + shift - linear @ centre
    affine = (*linear[0], offset[0], *linear[1], offset[1])
    moved = Image.fromarray(wide).transform(
        (width, height), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR
    )
    return np.array(moved)


def _relit(pixels: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    light = pixels.astype(np.float32)
    mean = light.mean()
    contrast = 1 + rng.uniform(-how.contrast, how.contrast)
    brightness = 255 * rng.uniform(-how.brightness, how.brightness)
    relit = (light - mean) * np.float32(contrast) + np.float32(mean + brightness)
    return np.clip(np.rint(relit), 0, 255).astype(np.uint8)
