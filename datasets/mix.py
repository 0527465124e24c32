"""Mixed pictures with mixed labels, made of a batch: MixUp and CutMix.

MixUp adds two pictures (Zhang et al., mixup: Beyond Empirical Risk Minimization, ICLR 2018); CutMix puts a part of one
into the other (Yun et al., CutMix, ICCV 2019). Both mix a batch with a shuffled copy of itself by one share. Everything
follows from the generator that is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import DataError

MIXES = ("mixup", "cutmix")


@dataclass(frozen=True)
class Mixed:
    """A mixed batch.

    ``pictures`` are like those handed in. The labels are ``share`` of each picture's own and the rest of its
    partner's, ``partners`` (B,).
    """

    pictures: np.ndarray
    partners: np.ndarray
    share: float


def mix(pictures: np.ndarray, kind: str, *, alpha: float, rng: np.random.Generator) -> Mixed:
    """Mix a batch.

    Args:
        pictures: uint8 or float, (B, H, W, C); not changed.
        kind: a name in `MIXES`.
        alpha: of the distribution Beta(alpha, alpha) of shares: near 0 one picture nearly has it all, 1 is even.
        rng: decides partners, share and place.

    Raises:
        DataError: no mix is called so, or ``alpha`` is not above 0.
    """
    if kind not in MIXES:
        raise DataError(f"a mix is one of {', '.join(MIXES)}, but got {kind!r}")
    if not alpha > 0:
        raise DataError(f"alpha must be above 0, but got {alpha!r}")
    partners = rng.permutation(len(pictures))
    share = float(rng.beta(alpha, alpha))
    if kind == "mixup":
        return Mixed(add(pictures, pictures[partners], share), partners, share)
    top, bottom, left, right = cut(*pictures.shape[1:3], share, rng)
    mixed = pictures.copy()
    mixed[:, top:bottom, left:right] = pictures[partners, top:bottom, left:right]
    taken = (bottom - top) * (right - left) / (pictures.shape[1] * pictures.shape[2])
    return Mixed(mixed, partners, 1 - taken)


def add(pictures: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
    """Return ``share`` of the pictures and the rest of the others, in the same type."""
    mixed = pictures * np.float32(share) + others * np.float32(1 - share)
    return np.rint(mixed).astype(pictures.dtype) if pictures.dtype == np.uint8 else mixed


def cut(
    height: int, width: int, share: float, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of a part with ``1 - share`` of the area, or less where the edge cuts it.

    Its ratio of sides is the picture's, and its centre lies anywhere.
    """
    side = np.sqrt(1 - share)
    centre_y, centre_x = rng.integers(height), rng.integers(width)
    half_y, half_x = int(height * side) // 2, int(width * side) // 2
    top, bottom = max(0, centre_y - half_y), min(height, centre_y + half_y)
    left, right = max(0, centre_x - half_x), min(width, centre_x + half_x)
    return int(top), int(bottom), int(left), int(right)


def mixed_labels(labels: np.ndarray, classes: int, mixed: Mixed) -> np.ndarray:
    """Return the labels of a mixed batch, float32 (B, classes), rows adding up to 1, from whole numbers (B,)."""
    hot = np.eye(classes, dtype=np.float32)[labels]
    return np.float32(mixed.share) * hot + np.float32(1 - mixed.share) * hot[mixed.partners]
