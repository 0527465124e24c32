"""A few recipes against each other: paired differences on the same images, with intervals for many pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..study.trial import Trial
from .out_of_fold import out_of_fold
from .selection import paired
from .study import Study


@dataclass(frozen=True)
class Pair:
    """How much more `first` scores than `second`, with its 95 % interval (low, high), and whether the sign is sure.

    The interval is the pair's own; `sure` asks that both the share of images named right and the loss say so, for all
    pairs of the comparison together (Holm, Scandinavian Journal of Statistics 6, 1979).
    """

    first: Trial
    second: Trial
    difference: float
    interval: tuple[float, float]
    sure: bool


def compare_pairs(study: Study) -> list[Pair]:
    """Give back all pairs of a study's trials, in the order of their numbers, the better one's sign kept.

    The differences are those of the share of images named right, whatever the objective.
    """
    found = out_of_fold(study, study.candidates, study.criterion)
    trials = [trial for trial in study.candidates if trial.number in found.numbers]
    measured = [
        (a, b, *_difference(found, a, b, study.inflation)) for a, b in combinations(trials, 2)
    ]
    sure = _holm([p for *_, p in measured])
    return [
        Pair(a, b, mean, (mean - half, mean + half), certain)
        for (a, b, mean, half, _), certain in zip(measured, sure, strict=True)
    ]


def _difference(found, a: Trial, b: Trial, inflation: float) -> tuple[float, float, float]:
    """Give back the mean difference in hits, half of its interval, and the p-value that hits or losses differ not."""
    first, second = found.row(a.number), found.row(b.number)
    mean, half, by_hits = paired(found.hits[first], found.hits[second], inflation)
    gain, _, by_loss = paired(found.losses[second], found.losses[first], inflation)
    return mean, half, max(by_hits, by_loss) if mean * gain > 0 else 1.0


def _holm(values: list[float], level: float = 0.05) -> list[bool]:
    order = np.argsort(values)
    sure = [False] * len(values)
    for place, pair in enumerate(order):
        if values[pair] > level / (len(values) - place):
            break
        sure[pair] = True
    return sure
