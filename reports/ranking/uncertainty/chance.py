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
    orders = [rng.permutation(len(labels)) for _ in range(_PERMUTATIONS)]
    above, by_luck = [], []
    for model in models:
        seen = labels[np.unique(model.places)]
        constant = constant_score(objective, seen, model.probabilities.shape[1])
        above.append(objective.better(_score(objective, model, labels), constant))
        some = model.among(places)
        drawn = np.array([sign * _score(objective, some, labels[order]) for order in orders])
        mean, spread = drawn.mean(), drawn.std() or np.inf
        found = (sign * _score(objective, some, labels) - mean) / spread
        by_luck.append([found, *((drawn - mean) / spread)])
    scores = np.array(by_luck).reshape(len(models), -1)
    luckiest = scores[:, 1:].max(axis=0, initial=-np.inf)
    as_lucky = (luckiest >= scores[:, :1] / np.sqrt(inflation)).sum(axis=1)
    return np.array(above, bool) & ((1 + as_lucky) / (1 + _PERMUTATIONS) <= _LEVEL)


def _score(objective: Objective, model: Predicted, labels: np.ndarray) -> float:
    parts = [model.repeats == repeat for repeat in np.unique(model.repeats)]
    return float(
        np.mean([objective.score(labels[model.places[p]], model.probabilities[p]) for p in parts])
    )
