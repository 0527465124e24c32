"""Which trials nothing beats in both score and cost."""

from __future__ import annotations

from collections.abc import Sequence


def pareto_front(scores: Sequence[float], costs: Sequence[float], direction: str) -> list[int]:
    """Return the positions of the points that no other point beats: as cheap and better, or cheaper and as good.

    `direction` is "max" or "min" for scores; costs are better when lower. In the order of rising costs; of equal points
    the first stays.
    """
    sign = -1 if direction == "max" else 1
    order = sorted(range(len(scores)), key=lambda i: (costs[i], sign * scores[i], i))
    kept: list[int] = []
    for position in order:
        if not kept or sign * scores[position] < sign * scores[kept[-1]]:
            kept.append(position)
    return kept
