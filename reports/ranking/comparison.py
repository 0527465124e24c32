"""Pairwise comparison of recipes on the same images, corrected for the number of pairs."""

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
    """Two trials and the difference of their accuracies.

    Attributes:
        first: the trial with the lower number.
        second: the other trial.
        difference: accuracy of `first` minus accuracy of `second` on the images that both validated, in -1 to 1.
        interval: the 95 % interval (low, high) of the difference, not corrected for the number of pairs.
        sure: whether accuracy and loss both differ, in the same direction, at the 5 % level corrected for all pairs
            of the comparison (Holm, Scandinavian Journal of Statistics 6, 1979).
    """

    first: Trial
    second: Trial
    difference: float
    interval: tuple[float, float]
    sure: bool


def compare_pairs(study: Study) -> list[Pair]:
    """Return all pairs of a study's trials that have predictions, in the order of their numbers.

    The differences are those of accuracy, whatever the objective is.
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
    """Return the mean difference in accuracy, half of its 95 % interval, and the larger of the two p-values."""
    first, second = found.row(a.number), found.row(b.number)
    mean, half, by_accuracy = paired(found.correct[first], found.correct[second], inflation)
    gain, _, by_loss = paired(found.losses[second], found.losses[first], inflation)
    return mean, half, max(by_accuracy, by_loss) if mean * gain > 0 else 1.0


def _holm(values: list[float], level: float = 0.05) -> list[bool]:
    order = np.argsort(values)
    sure = [False] * len(values)
    for place, pair in enumerate(order):
        if values[pair] > level / (len(values) - place):
            break
        sure[pair] = True
    return sure
