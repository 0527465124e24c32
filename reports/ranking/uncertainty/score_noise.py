"""How far a score may lie from the truth: its bootstrap over the images whose predictions are stored.

Samples weigh images exponentially (the Bayesian bootstrap: Rubin, Annals of Statistics 9, 1981, pages 130 to 134), so
that none lacks a class, however small the class is. The weights are the same for all that is compared, which pairs it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from ..intervals import Z95, wilson
from ..objectives import Objective

SAMPLES = 400
# From so many images on fewer samples say as much.
_LARGE = 1000


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions of images, each as often as repeats predicted it: M predictions of C classes.

    Attributes:
        places: int64 (M,), the images' places among all.
        labels: int64 (M,), the true classes.
        probabilities: float (M, C).
        repeats: int (M,), the repeat that predicted the image; each repeat is scored on its own.
    """

    places: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    repeats: np.ndarray

    @classmethod
    def of_test(cls, arrays: Mapping[str, np.ndarray]) -> Predicted:
        """Return stored predictions of test images, each of which was predicted once."""
        labels = arrays["labels"]
        return cls(
            np.arange(len(labels)), labels, arrays["probabilities"], np.zeros(len(labels), np.int16)
        )

    def scores(self, objective: Objective, weights: np.ndarray) -> np.ndarray:
        """Return the mean score of the repeats under each weighting (B, images), float64 (B,); NaN without images."""
        parts = [self.repeats == repeat for repeat in np.unique(self.repeats)]
        found = [
            objective.scores(
                self.labels[part], self.probabilities[part], weights[:, self.places[part]]
            )
            for part in parts
        ]
        return np.mean(found, axis=0)

    def among(self, places: np.ndarray) -> Predicted:
        """Return the predictions of the images at some places alone."""
        kept = np.isin(self.places, places)
        return Predicted(
            self.places[kept], self.labels[kept], self.probabilities[kept], self.repeats[kept]
        )

    def with_doubts(self, images: int, *, by_order: bool) -> Predicted:
        """Return the predictions with two made-up images for each class: one predicted rightly, one wrongly.

        Predictions without a mistake would otherwise seem to be certain.

        Args:
            images: the places of the made-up images start here; they are part of each repeat.
            by_order: whether the order of the probabilities is scored, not what they predict. A wrongly predicted image
                then has the median probabilities of another class, and else the whole probability for it.
        """
        classes = self.probabilities.shape[1]
        counts = np.bincount(self.labels, minlength=classes)
        present, frequent = np.flatnonzero(counts), np.argsort(-counts, kind="stable")
        wrong = np.where(present == frequent[0], frequent[1], frequent[0])
        right = np.eye(classes)
        doubts = right
        if by_order and len(present) == classes:
            of_class = [self.probabilities[self.labels == label] for label in range(classes)]
            doubts = np.array([np.median(mine, axis=0) for mine in of_class])
        repeats = np.unique(self.repeats)
        places = images + np.arange(2 * len(present))
        made_up = np.concatenate([right[present], doubts[wrong]])
        times = len(repeats)
        return Predicted(
            np.concatenate([self.places, np.tile(places, times)]),
            np.concatenate([self.labels, np.tile(present, 2 * times)]),
            np.concatenate([self.probabilities, np.tile(made_up, (times, 1))]),
            np.concatenate([self.repeats, np.repeat(repeats, len(places))]),
        )


class ScoreNoise:
    """The noise of an objective on N images.

    Args:
        objective: what is scored.
        images: N.
        seed: of the samples.
    """

    def __init__(self, objective: Objective, images: int, *, seed: int = 0):
        self._objective, self._images, self._seed = objective, images, seed
        # Weak keys: what is compared on common images alone is made for one comparison and goes with it.
        self._known: WeakKeyDictionary[Predicted, np.ndarray] = WeakKeyDictionary()
        self._effective: WeakKeyDictionary[Predicted, float] = WeakKeyDictionary()

    @cached_property
    def _weights(self) -> np.ndarray:
        """The samples, float64 (B, N)."""
        return self._draw(self._images, self._seed)

    def _draw(self, images: int, seed: int) -> np.ndarray:
        samples = SAMPLES if self._images <= _LARGE else SAMPLES // 2
        return np.random.default_rng(seed).exponential(size=(samples, images))

    def effective_images(self, predicted: Predicted) -> float:
        """Return of how many images a share of correct predictions would be as sure as this score, a share too.

        For accuracy it is their number, up to the noise of the samples. With it Wilson's interval is one for every such
        objective.
        """
        if predicted not in self._effective:
            self._effective[predicted] = self._find_effective(predicted)
        return self._effective[predicted]

    def _find_effective(self, predicted: Predicted) -> float:
        images = len(np.unique(predicted.places))
        doubted = predicted.with_doubts(self._images, by_order=self._objective.name == "auc")
        everything = len(np.unique(doubted.places))
        made_up = self._draw(everything - images, self._seed + 1)
        weights = np.concatenate([self._weights, made_up], axis=1)
        score = float(doubted.scores(self._objective, np.ones((1, weights.shape[1])))[0])
        variance = float(doubted.scores(self._objective, weights).var(ddof=1))
        return max(1.0, (score * (1 - score) / variance - 1) * images / everything)

    def error(self, predicted: Predicted) -> float:
        """Return the standard error of a score that is no share, such as a log loss."""
        return float(self._samples(predicted).std(ddof=1))

    def _samples(self, predicted: Predicted) -> np.ndarray:
        """Return the score under each weighting, float64 (B,)."""
        if predicted not in self._known:
            self._known[predicted] = predicted.scores(self._objective, self._weights)
        return self._known[predicted]

    def difference(self, a: Predicted, b: Predicted) -> tuple[float, float, float, int]:
        """Compare two models on the images that both predicted.

        Of shares the arms are Newcombe's for paired proportions (Statistics in Medicine 17, 1998, pages 2635 to 2650,
        method 10): those of the two intervals, with the correlation of the samples. They do not call certain what a
        class of four images shows.

        Returns:
            The score of `a` minus that of `b`, the lower and the upper arm of its 95 % interval, and how many images
            both predicted; infinite arms for fewer than two.
        """
        both = np.intersect1d(a.places, b.places)
        if len(both) < 2:
            return 0.0, math.inf, math.inf, len(both)
        a, b = (
            one if len(np.unique(one.places)) == len(both) else one.among(both) for one in (a, b)
        )
        one, other = self._samples(a), self._samples(b)
        first, second = self._score(a), self._score(b)
        if np.array_equal(one, other):
            return first - second, 0.0, 0.0, len(both)
        if not self._objective.is_share:
            half = Z95 * float((one - other).std(ddof=1))
            return first - second, half, half, len(both)
        varies = one.std() > 0 and other.std() > 0
        together = float(np.corrcoef(one, other)[0, 1]) if varies else 0.0
        low, high = wilson(first, self.effective_images(a))
        other_low, other_high = wilson(second, self.effective_images(b))
        below = _arm(first - low, other_high - second, together)
        return first - second, below, _arm(high - first, second - other_low, together), len(both)

    def _score(self, predicted: Predicted) -> float:
        return float(predicted.scores(self._objective, np.ones((1, self._images)))[0])


def _arm(one: float, other: float, together: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * together * one * other + other * other))
