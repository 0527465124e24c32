"""The range of the score axis, which leaves out a few scores that are far worse than the others."""

from __future__ import annotations

import math
from collections.abc import Sequence

FEW = 8
FENCE = 2.5  # times the distance between the quartiles


def score_limits(scores: Sequence[float], direction: str) -> tuple[float, float]:
    """Return the lowest and the highest score to show.

    A score is left out when it lies more than FENCE interquartile ranges beyond the worse quartile, as in Tukey's
    fences. With fewer than FEW scores, all are shown.

    Args:
        scores: at least one score.
        direction: "max" or "min".
    """
    low, high = min(scores), max(scores)
    if len(scores) < FEW:
        return low, high
    ordered = sorted(scores)
    first, last = ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]
    reach = FENCE * (last - first)
    if direction == "max" and math.isfinite(reach):
        return min(score for score in ordered if score >= first - reach), high
    return low, max(score for score in ordered if score <= last + reach)


def clip(score: float, bounds: tuple[float, float]) -> float:
    """Return the score, or the end of `bounds` that it lies beyond."""
    return min(max(score, bounds[0]), bounds[1])
