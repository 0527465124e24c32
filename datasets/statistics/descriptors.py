"""Descriptors of an image and of its crops, mirrored ones included, and of the whole image turned.

Each crop is described by its lowest spatial frequencies, as perceptual hashes do, but by their values instead of their
signs: unit vectors whose product is a similarity of two crops. A photograph's frequencies fade as 1/f, so each is
weighted by f; otherwise the coarsest would decide alone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

THUMB = 32
"""Pixels a side of the gray thumbnails that crops are taken of."""
_FREQUENCIES = 8
_SAMPLES = 32
_CHUNK = 4096
_PARTS = ((1.0, 1), (0.95, 2), (0.9, 3), (0.85, 3), (0.8, 4), (0.75, 4), (0.7, 5), (0.65, 5), (0.6, 6))  # fmt: skip
"""Sides of the parts as shares of the image's, and how many places each has in x and in y."""

TURNS = 8
"""Quarter turns and mirrorings: bit 4 swaps the axes, then bit 1 mirrors x, bit 2 mirrors y."""

_MIRRORED = 1
_BOXES = [
    (side, x, y)
    for side, places in _PARTS
    for y in np.linspace(0, 1 - side, places)
    for x in np.linspace(0, 1 - side, places)
]
BOXES: np.ndarray = np.array(_BOXES + _BOXES[:1] * (TURNS - 1) + _BOXES[1:])
"""Side, left and top of every crop as shares of the (turned) image, (crops, 3); the first is the whole image."""
TURN_OF: np.ndarray = np.array(
    [0] * len(_BOXES) + list(range(1, TURNS)) + [_MIRRORED] * (len(_BOXES) - 1)
)
"""How the image is turned before a crop's box is taken, int (crops,)."""


def turned(images: np.ndarray, turn: int) -> np.ndarray:
    """Return square images (..., S, S) turned or mirrored."""
    if turn & 4:
        images = images.swapaxes(-1, -2)
    if turn & 1:
        images = images[..., ::-1]
    return images[..., ::-1, :] if turn & 2 else images


def image_descriptors(thumbs: np.ndarray) -> np.ndarray:
    """Return unit vectors of whole images, float32 (N, 63), of thumbnails (N, THUMB, THUMB)."""
    parts = (thumbs[start : start + _CHUNK] for start in range(0, len(thumbs), _CHUNK))
    return np.concatenate(
        [_descriptors(part.astype(np.float32), *_PARTS[0])[:, 0] for part in parts]
    )


def crop_descriptors(thumbs: np.ndarray) -> np.ndarray:
    """Return unit vectors of all crops, float32 (N, crops, 63), of thumbnails (N, THUMB, THUMB)."""
    thumbs = thumbs.astype(np.float32)
    parts = [_descriptors(thumbs, side, places) for side, places in _PARTS]
    turns = [_descriptors(turned(thumbs, turn), *_PARTS[0]) for turn in range(1, TURNS)]
    mirrored = turned(thumbs, _MIRRORED)
    mirrored_parts = [_descriptors(mirrored, side, places) for side, places in _PARTS[1:]]
    return np.concatenate(parts + turns + mirrored_parts, axis=1)


def _descriptors(thumbs: np.ndarray, side: float, places: int) -> np.ndarray:
    bases, k = _bases(side, places), _FREQUENCIES
    values = np.matmul(np.matmul(bases, thumbs), bases.T)
    values = values.reshape(-1, places, k, places, k).transpose(0, 1, 3, 2, 4)
    values = (values.reshape(len(thumbs), places * places, k * k) * _weights())[..., 1:]
    return values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), 1e-9)


@lru_cache
def _bases(side: float, places: int) -> np.ndarray:
    """Return the cosines over each place's interval as rows over the thumbnail's pixels."""
    rows = [_cosines(start, start + side) for start in np.linspace(0, 1 - side, places)]
    return np.concatenate(rows).astype(np.float32)


def _cosines(start: float, stop: float) -> np.ndarray:
    edges = np.linspace(start, stop, _SAMPLES + 1) * THUMB
    pixel = np.arange(THUMB)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    means = np.clip(overlap, 0, None) / (edges[1] - edges[0])
    phase = np.pi * (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    return np.cos(np.arange(_FREQUENCIES)[:, None] * phase) @ means


@lru_cache
def _weights() -> np.ndarray:
    along = np.arange(_FREQUENCIES)
    norm = np.where(along == 0, np.sqrt(0.5), 1.0)
    frequency = np.hypot(along[:, None], along)
    return (frequency * norm[:, None] * norm).ravel().astype(np.float32)
