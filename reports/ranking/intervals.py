"""Intervals for a share of correct predictions."""

from __future__ import annotations

import math

Z95 = 1.959963984540054
# An interval for the images alone is too narrow for a model that was fitted on other such images: Bates, Hastie and
# Tibshirani (J. Am. Stat. Assoc. 119, 2024) find that nested cross-validation widens it by about this much.
WIDENING = 1.4


def wilson(share: float, count: float, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval (low, high) of a share observed on `count` images; 95 % by default.

    It holds `share`, stays within 0 and 1, and is sound for few images and for shares near 0
    and 1 (Wilson, Journal of the American Statistical Association 22 (1927), pages 209 to 212).
    Raises ValueError for a share outside 0 to 1 or a count below 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"0 <= share <= 1 must hold, but got {share}")
    if count < 1:
        raise ValueError(f"count >= 1 must hold, but got {count}")
    square = z * z
    centre = (share + square / (2 * count)) / (1 + square / count)
    spread = math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    half = z * spread / (1 + square / count)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def widened_wilson(share: float, count: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval with both arms longer, for the luck of the training images."""
    low, high = wilson(share, count)
    return max(0.0, share - WIDENING * (share - low)), min(1.0, share + WIDENING * (high - share))


def resolution(kind: str, images: int, *, named: str) -> str:
    """Say in one sentence what so many validation images can tell apart.

    Args:
        kind: the kind of the validation policy.
        images: the number of validation images.
        named: the same in words, with what more is to be said of it.
    """
    upper = wilson(0.8, images)[1]
    how = {
        "cross-validation": f"all {images} development images are used for validation in turn",
        "hold-outs": f"up to {images} images are used for validation, in parts",
    }.get(kind, f"{images} images are used for validation")
    return (
        f"{named}: {how}; accuracies of 80 % and {100 * upper:.0f} % cannot be told apart on {images} images, "
        "but paired comparisons detect smaller differences"
    )
