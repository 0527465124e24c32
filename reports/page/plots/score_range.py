"""The range of scores that is worth drawing: a few far worse ones must not press the others together."""

from __future__ import annotations

import math
from collections.abc import Sequence

FEW = 8
FENCE = 2.5  # times the distance between the quartiles


def score_range(scores: Sequence[float], direction: str) -> tuple[float, float]:
    """Give back (low, high) that hold all scores but those far worse than most; `direction` is "max" or "min".

    Far worse is what lies more than FENCE quartile distances beyond the worse quartile, as Tukey's fences do. Of few
    scores all are held.
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


def held(score: float, bounds: tuple[float, float]) -> float:
    """Give back the score, or the end of `bounds` that it lies beyond."""
    return min(max(score, bounds[0]), bounds[1])
