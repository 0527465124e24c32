"""A random sample of every class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from .reading import Listed


def sample(
    files: tuple[Listed, ...], count: Callable[[str | None], int], seed: int
) -> tuple[Listed, ...]:
    """Return a seeded sample of every class and split, in the files' order; all files of a class that has fewer.

    Args:
        files: in a fixed order.
        count: gives how many of a class to take of a split.
        seed: decides which.
    """
    strata: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for i, listed in enumerate(files):
        strata[listed.class_name, listed.split].append(i)
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for (_, split), members in sorted(
        strata.items(), key=lambda item: (item[0][0], item[0][1] or "")
    ):
        taken = min(count(split), len(members))
        chosen += rng.choice(members, taken, replace=False).tolist()
    return tuple(files[i] for i in sorted(chosen))
