"""Mixed images with mixed labels, made of a batch: MixUp and CutMix.

MixUp adds two images (Zhang et al., mixup: Beyond Empirical Risk Minimization, ICLR 2018); CutMix puts a part of one
into the other (Yun et al., CutMix, ICCV 2019). Both mix a batch with a shuffled copy of itself by one share, so that an
image is only ever mixed with others of its batch. What is mixed may be images, or activations, where MixUp is
manifold mixup (Verma et al., ICML 2019). Everything follows from the generator that is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError

MIXES = ("mixup", "cutmix")


@dataclass(frozen=True)
class Mixed:
    """A mixed batch: ``arrays`` like those handed in, ``share`` of each row's own and the rest of ``partners`` (B,)."""

    arrays: list[np.ndarray]
    partners: np.ndarray
    share: float

    def labels(self, targets: np.ndarray) -> np.ndarray:
        """Return the labels that go with the batch, from those of its rows, float32 (B, classes)."""
        return (
            np.float32(self.share) * targets + np.float32(1 - self.share) * targets[self.partners]
        )


def mixup(arrays: list[np.ndarray], kind: str, *, alpha: float, rng: np.random.Generator) -> Mixed:
    """Mix a batch with a shuffled copy of itself, by MixUp or CutMix.

    Args:
        arrays: what belongs to each of B images, uint8 or float, not changed: (B, H, W, C) for ``cutmix``, with any
            shape (B, ...) for ``mixup``.
        kind: a name in `MIXES`.
        alpha: of the distribution Beta(alpha, alpha) of shares; near 0 one image dominates, at 1
            all shares are equally likely.
        rng: decides partners, share and place.

    Raises:
        DataError: ``kind`` is unknown, or ``alpha`` is not above 0.
    """
    if kind not in MIXES:
        raise DataError(f"mix must be one of {', '.join(MIXES)}, but got {kind!r}")
    if not alpha > 0:
        raise DataError(f"alpha must be above 0, but got {alpha!r}")
    partners = rng.permutation(len(arrays[0]))
    share = float(rng.beta(alpha, alpha))
    if kind == "mixup":
        return Mixed([blend(x, x[partners], share) for x in arrays], partners, share)
    # The part is drawn on the largest map; smaller ones take it where it falls on them.
    height, width = max(x.shape[1:3] for x in arrays)
    part = random_box(height, width, share, rng)
    mixed = []
    for x in arrays:
        down, across = x.shape[1] / height, x.shape[2] / width
        top, bottom = (round(edge * down) for edge in part[:2])
        left, right = (round(edge * across) for edge in part[2:])
        mixed.append(x.copy())
        mixed[-1][:, top:bottom, left:right] = x[partners, top:bottom, left:right]
    top, bottom, left, right = part
    return Mixed(mixed, partners, 1 - (bottom - top) * (right - left) / (height * width))


def blend(images: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
    """Return ``share * images + (1 - share) * others`` in the type of the images."""
    mixed = images * np.float32(share) + others * np.float32(1 - share)
    return np.rint(mixed).astype(images.dtype) if images.dtype == np.uint8 else mixed


def random_box(
    height: int, width: int, share: float, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of a part with ``1 - share`` of the area, or less where the edge cuts it.

    It has the image's ratio of sides and a random centre. Units are pixels.
    """
    side = np.sqrt(1 - share)
    centre_y, centre_x = int(rng.integers(height)), int(rng.integers(width))
    half_y, half_x = int(height * side) // 2, int(width * side) // 2
    top, bottom = max(0, centre_y - half_y), min(height, centre_y + half_y)
    left, right = max(0, centre_x - half_x), min(width, centre_x + half_x)
    return top, bottom, left, right
