"""Pairwise comparison of recipes on the same images, corrected for the number of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..study.trial import Trial
from .objectives import OBJECTIVES
from .out_of_fold import out_of_fold
from .selection import paired
from .study import Study
from .uncertainty.scored_rows import ScoredRows


@dataclass(frozen=True)
class Pair:
    """Two trials and the difference of their scores.

    Attributes:
        first: the trial with the lower number.
        second: the other trial.
        difference: how much better `first` is than `second` in the objective, on the images that both validated.
        interval: the 95 % interval (low, high) of the difference, not corrected for the number of pairs.
        sure: whether objective and loss both differ, in the same direction, at the 5 % level corrected for all pairs
            of the comparison (Holm, Scandinavian Journal of Statistics 6, 1979).
    """

    first: Trial
    second: Trial
    difference: float
    interval: tuple[float, float]
    sure: bool


def compare_pairs(study: Study) -> list[Pair]:
    """Return all pairs of a study's trials that have predictions, in the order of their numbers."""
    if study.objective not in OBJECTIVES:  # of a later version
        return []
    found = out_of_fold(study, study.candidates, study.criterion)
    trials = [trial for trial in study.candidates if trial.number in found.numbers]
    scored = ScoredRows(OBJECTIVES[study.objective], found, study.predictions, study.inflation)
    measured = [
        (a, b, *_difference(scored, a, b, study.inflation)) for a, b in combinations(trials, 2)
    ]
    sure = _holm([p for *_, p in measured])
    return [
        Pair(a, b, difference, interval, certain)
        for (a, b, difference, interval, _), certain in zip(measured, sure, strict=True)
    ]


def _difference(
    scored: ScoredRows, a: Trial, b: Trial, inflation: float
) -> tuple[float, tuple[float, float], float]:
    """Return how much better the first is in the objective, its 95 % interval, and the larger of the two p-values."""
    found = scored.found
    first, second = found.row(a.number), found.row(b.number)
    lower_is_better = scored.objective.direction == "min"
    pair = (second, first) if lower_is_better else (first, second)
    mean, interval, by_score = scored.difference(*pair)
    gain, _, by_loss = paired(found.losses[second], found.losses[first], inflation)
    return mean, interval, max(by_score, by_loss) if mean * gain > 0 else 1.0


def _holm(values: list[float], level: float = 0.05) -> list[bool]:
    order = np.argsort(values)
    sure = [False] * len(values)
    for place, pair in enumerate(order):
        if values[pair] > level / (len(values) - place):
            break
        sure[pair] = True
    return sure
