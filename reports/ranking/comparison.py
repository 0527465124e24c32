"""A few recipes against each other: paired differences on the same images, with intervals for many pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..study.study import Study
from ..study.trial import Trial
from ..wording.recipe_words import recipe_words, varied_names
from .out_of_fold import out_of_fold
from .selection import paired


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


def comparison_words(study: Study) -> list[str]:
    """Say in sentences what a comparison shows and what it does not."""
    pairs = compare_pairs(study)
    if not pairs:
        return ["There is nothing to compare: fewer than two recipes have predictions."]
    names = varied_names(trial.recipe for trial in study.candidates)
    sure = [pair for pair in pairs if pair.sure]
    sentences = [_said(pair, names) for pair in sure]
    if not sure:
        widest = max(abs(pair.interval[1] - pair.interval[0]) for pair in pairs) / 2
        count = len(study.candidates)
        who = (
            "These two cannot be told apart"
            if count == 2
            else f"No two of these {count} can be told apart"
        )
        sentences.append(
            f"{who} by both hits and loss: their paired differences in images named right are uncertain by up to "
            f"{100 * widest:.0f} points either way."
        )
    elif len(sure) < len(pairs):
        sentences.append(
            f"The other {len(pairs) - len(sure)} of {len(pairs)} pairs cannot be told apart by both hits and loss."
        )
    return sentences


def _said(pair: Pair, names: list[str]) -> str:
    first, second, (low, high) = pair.first, pair.second, pair.interval
    if pair.difference < 0:
        first, second, low, high = second, first, -high, -low
    return (
        f"{recipe_words(first.recipe, names)} is better than {recipe_words(second.recipe, names)} by "
        f"{100 * abs(pair.difference):.1f} points (95 % interval {100 * low:.1f} to {100 * high:.1f})."
    )


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
