"""MixUp and CutMix of what enters the trained part: pixels, or the activations at the freeze boundary.

On activations MixUp is manifold mixup (Verma et al., ICML 2019). Partners come from the same batch, so a picture is
only ever mixed with training pictures of its own fit.
"""

import numpy as np

from ..datasets import add, cut


def mix_batch(
    inputs: list[np.ndarray],
    targets: np.ndarray,
    kind: str,
    alpha: float,
    rng: np.random.Generator,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return a batch's inputs, one array (B, ...) for each crossing tensor, and targets (B, C), mixed with partners.

    Args:
        inputs: (B, h, w, c) each for `cutmix`, of any shape for `mixup`; not changed.
        targets: float32 (B, C).
        kind: `mixup` or `cutmix`.
        alpha: of the distribution Beta(alpha, alpha) of shares.
        rng: decides partners, share and place.
    """
    partners, share = rng.permutation(len(targets)), float(rng.beta(alpha, alpha))
    if kind == "mixup":
        mixed = [add(x, x[partners], share) for x in inputs]
    else:
        # The part is drawn on the largest map; smaller ones take it where it falls on them.
        height, width = max(x.shape[1:3] for x in inputs)
        top, bottom, left, right = cut(height, width, share, rng)
        mixed = [
            _with_part(x, partners, *_scaled(x, height, width, (top, bottom, left, right)))
            for x in inputs
        ]
        share = 1 - (bottom - top) * (right - left) / (height * width)
    share = np.float32(share)
    return mixed, share * targets + (1 - share) * targets[partners]


def _scaled(x: np.ndarray, height: int, width: int, part: tuple) -> tuple[int, int, int, int]:
    top, bottom, left, right = part
    down, across = x.shape[1] / height, x.shape[2] / width
    return round(top * down), round(bottom * down), round(left * across), round(right * across)


def _with_part(x: np.ndarray, partners: np.ndarray, top, bottom, left, right) -> np.ndarray:
    mixed = x.copy()
    mixed[:, top:bottom, left:right] = x[partners, top:bottom, left:right]
    return mixed
