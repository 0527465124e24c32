"""Whether predictions are better than chance: than always naming the most frequent class, and than luck.

A score above that of the constant may still be luck, or be what any guess would give: guesses in the shares of the
classes have a higher macro F1 than the constant. So the score also has to be above what the same predictions give with
the labels permuted, by more than the luckiest of all models would be in 95 of 100 permutations (Westfall and Young,
Resampling-based multiple testing, 1993). Folds that share training images vary more than permutations do, and are
corrected for as in every comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..objectives import Objective
from .score_noise import Predicted

_PERMUTATIONS = 199
_LEVEL = 0.05
# As many images show well enough that something was learned.
_MOST_IMAGES = 1000


@dataclass(frozen=True)
class Chance:
    """What the models of a study have to beat.

    Attributes:
        score: the objective of always predicting the most frequent class.
        beaten: whether any model is surely better.
    """

    score: float
    beaten: bool


def constant_score(objective: Objective, labels: np.ndarray, classes: int) -> float:
    """Return the score of predicting, for each of these labels (N,), each class with its share among them."""
    shares = np.bincount(labels, minlength=classes) / len(labels)
    return objective.score(labels, np.tile(shares, (len(labels), 1)))


def beat_chance(
    objective: Objective,
    labels: np.ndarray,
    models: Sequence[Predicted],
    *,
    inflation: float = 1.0,
    seed: int = 0,
) -> np.ndarray:
    """Return which of T models are surely better than chance, bool (T,).

    Args:
        objective: what is scored.
        labels: int64 (N,), the true classes of all images.
        models: their predictions of these images.
        inflation: factor on the variance of a score, see `Study.inflation`.
        seed: of the permutations.
    """
    rng = np.random.default_rng(seed)
    sign = 1 if objective.direction == "max" else -1
    places = np.sort(rng.permutation(len(labels))[:_MOST_IMAGES])
    permuted = [labels[rng.permutation(len(labels))] for _ in range(_PERMUTATIONS)]
    above, by_luck = [], []
    for model in models:
        seen = labels[np.unique(model.places)]
        constant = constant_score(objective, seen, model.probabilities.shape[1])
        above.append(objective.better(_scores(objective, model, labels).mean(), constant))
        some = model.among(places)
        drawn = [_mean_of_known(_scores(objective, some, each)) for each in (labels, *permuted)]
        by_luck.append(_in_spreads(sign * np.array(drawn)))
    scores = np.array(by_luck).reshape(len(models), 1 + _PERMUTATIONS)
    found, lucky = scores[:, :1], scores[:, 1:]
    known = lucky > -np.inf
    luckiest = lucky.max(axis=0, initial=-np.inf)
    as_lucky = (known & (luckiest >= found / np.sqrt(inflation))).sum(axis=1)
    return np.array(above, bool) & ((1 + as_lucky) / (1 + known.sum(axis=1)) <= _LEVEL)


def _scores(objective: Objective, model: Predicted, labels: np.ndarray) -> np.ndarray:
    """Return the score of each repeat, float64 (R,), NaN for an AUC where the labels lack a class."""
    parts = [model.repeats == repeat for repeat in np.unique(model.repeats)]
    return np.array(
        [objective.score(labels[model.places[p]], model.probabilities[p]) for p in parts]
    )


def _mean_of_known(scores: np.ndarray) -> float:
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if len(known) else np.nan


def _in_spreads(scores: np.ndarray) -> np.ndarray:
    """Return a score and those of the permutations, (1 + P,), in standard deviations of the latter; -inf for NaN."""
    known = scores[1:][~np.isnan(scores[1:])]
    if not len(known):
        return np.full(len(scores), -np.inf)
    spread = known.std() or np.inf
    return np.where(np.isnan(scores), -np.inf, (scores - known.mean()) / spread)
