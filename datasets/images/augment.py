"""Augmented views of training images; a view depends on its arguments alone.

Only training images are augmented, never validation or test images.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from ..errors import DataError, did_you_mean


@dataclass(frozen=True)
class Augmentation:
    """The largest changes of a view; every amount is drawn evenly from -x to x unless stated otherwise.

    ``flip`` mirrors left and right half of the time, ``vertical_flip`` top and bottom. ``rotation`` is in degrees,
    ``zoom`` and ``shift`` are fractions of the side. ``crop`` is the share of the area that a random crop, resized to
    the whole, may leave out at the most, with a ratio of sides from 3/4 to 4/3. ``brightness`` is a fraction of white
    added to all pixels, ``contrast`` a fraction by which they move from or to their mean, ``saturation`` one by which
    colours move from or to gray, ``hue`` a fraction of the colour circle. ``noise`` is the largest deviation of
    Gaussian noise as a fraction of white, ``blur`` the largest of a Gaussian blur as a fraction of the side; both are
    drawn from 0.
    """

    flip: bool = False
    rotation: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    vertical_flip: bool = False
    crop: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    noise: float = 0.0
    blur: float = 0.0


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "light": Augmentation(flip=True),
    "medium": Augmentation(
        flip=True, rotation=10, zoom=0.1, shift=0.05, brightness=0.1, contrast=0.1
    ),
    "strong": Augmentation(
        flip=True, rotation=20, zoom=0.25, shift=0.1, brightness=0.2, contrast=0.3
    ),
    "flip": Augmentation(flip=True),
    "vertical_flip": Augmentation(vertical_flip=True),
    "rotation": Augmentation(rotation=20),
    "zoom": Augmentation(zoom=0.2),
    "shift": Augmentation(shift=0.1),
    "crop": Augmentation(crop=0.5),
    "brightness": Augmentation(brightness=0.2),
    "contrast": Augmentation(contrast=0.3),
    "saturation": Augmentation(saturation=0.4),
    "hue": Augmentation(hue=0.03),
    "noise": Augmentation(noise=0.08),
    "blur": Augmentation(blur=0.01),
}
"""Named strengths from weak to strong, then single changes; `+` joins them, as in ``light+noise``."""


@lru_cache
def augmentation(name: str) -> Augmentation:
    """Return the augmentation of a name, or of several joined by `+`: the largest of each amount.

    Raises:
        DataError: the name is unknown.
    """
    parts = name.split("+")
    unknown = [part for part in parts if part not in AUGMENTATIONS]
    if unknown:
        raise DataError(
            f"augmentation must be one of {', '.join(AUGMENTATIONS)}, or several joined by '+', but got "
            f"{name!r}{did_you_mean(unknown[0], AUGMENTATIONS)}"
        )
    rows = [AUGMENTATIONS[part] for part in parts]
    names = [field.name for field in fields(Augmentation)]
    return Augmentation(**{name: max(getattr(row, name) for row in rows) for name in names})


def augment(pixels: np.ndarray, strength: str, *, seed: int, image: int, view: int) -> np.ndarray:
    """Return one varied view of an image, which depends on the arguments alone.

    Args:
        pixels: uint8 of shape (H, W, 3); it is not changed.
        strength: a name in `AUGMENTATIONS`, or several joined by `+`; with ``none`` the result is a copy.
        seed: of the study, 0 or more.
        image: the image's index in its data set, 0 or more.
        view: which of the image's views, 0 or more.

    Returns:
        uint8 array of the same shape. Rotation and shift fill the edges with the mirrored image.

    Raises:
        DataError: the name is unknown.
    """
    how = augmentation(strength)
    rng = np.random.default_rng([seed, image, view, zlib.crc32(strength.encode())])
    result = pixels.copy()
    if how.flip and rng.random() < 0.5:
        result = np.ascontiguousarray(result[:, ::-1])
    if how.rotation or how.zoom or how.shift:
        result = _moved(result, how, rng)
    if how.brightness or how.contrast:
        result = _relit(result, how, rng)
    if how.vertical_flip and rng.random() < 0.5:
        result = np.ascontiguousarray(result[::-1])
    if how.crop:
        result = _cropped(result, how, rng)
    if how.saturation or how.hue:
        result = _recoloured(result, how, rng)
    if how.blur or how.noise:
        result = _degraded(result, how, rng)
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


def _cropped(pixels: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Take a part of random area, ratio and place, and resize it to the whole."""
    height, width = pixels.shape[:2]
    area = rng.uniform(1 - how.crop, 1)
    ratio = np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
    across, down = np.minimum(1, np.sqrt([area * ratio, area / ratio])) * (width, height)
    left, top = rng.uniform(0, (width - across, height - down))
    part = Image.fromarray(pixels).resize(
        (width, height), Image.Resampling.BILINEAR, box=(left, top, left + across, top + down)
    )
    return np.array(part)


def _recoloured(pixels: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    image = Image.fromarray(pixels)
    if how.saturation:
        stronger = 1 + rng.uniform(-how.saturation, how.saturation)
        image = ImageEnhance.Color(image).enhance(stronger)
    if how.hue:
        turned = np.array(image.convert("HSV"))
        # The circle of hues has 256 steps, so that the sum wraps as it should.
        turned[..., 0] += np.uint8(round(256 * rng.uniform(-how.hue, how.hue)) % 256)
        image = Image.fromarray(turned, "HSV").convert("RGB")
    return np.array(image)


def _degraded(pixels: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    if how.blur:
        radius = rng.uniform(0, how.blur) * max(pixels.shape[:2])
        pixels = np.array(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))
    if how.noise:
        deviation = 255 * rng.uniform(0, how.noise)
        noise = rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(deviation)
        pixels = np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)
    return pixels
