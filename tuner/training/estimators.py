"""Estimators of a recipe: a network that is trained epoch by epoch, or a probe that is fitted without epochs.

Both fit on some images and predict others, and can be fitted again on all of them.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np

from ...search_spaces import Recipe
from ..backbones.backbone import Base, build_base
from ..backbones.latency import backbone_milliseconds
from ..cancellation import stop_requested
from ..errors import Stopped
from ..events import OnEvent
from ..events import Progress as ProgressEvent
from ..features.cache import FeatureCache
from ..features.features import FeatureSource, ImageFiles, Progress, token_slice
from .epoch_loop import FitResult, FoldFit, OnEpoch, fit, refit
from .image_task import ImageTask
from .probes.probe import FrozenFeatures, Probe, fit_probe
from .stacked_fits import can_be_stacked, fit_stacked
from .stages import Training


@dataclass(frozen=True)
class Fitted:
    """A finished fit: validation `probabilities` float32 (n, C), one row of `history` an epoch, the best epoch."""

    probabilities: np.ndarray
    history: list[dict[str, Any]]
    best_epoch: int


class _Estimator:
    """What both kinds share: the backbone and its features."""

    def __init__(
        self, task: ImageTask, recipe: Recipe, base: Base, source: FeatureSource, seed: int
    ):
        self._task, self.recipe, self.base = task, recipe, base
        self.source, self._seed = source, seed
        self._head_seconds = 0.0

    @property
    def weights(self) -> str:
        """Return where the backbone's weights come from: imagenet, none or a folder."""
        return self._task.weights

    @property
    def pass_seconds(self) -> float:
        """How long features took that were not in the cache; all trials share them."""
        return self.source.seconds

    def mean_features(self, indices: np.ndarray) -> np.ndarray:
        """Return the frozen backbone's features of images, averaged over their places, float32 (n, F)."""
        features, parts = self.source.features(self.recipe, self.base, 0), []
        for start in range(0, len(indices), features.window):
            rows = features.for_inference(indices[start : start + features.window])[0]
            parts.append(rows.mean(axis=tuple(range(1, rows.ndim - 1))))
        return np.concatenate(parts)

    def milliseconds(self) -> float:
        """Return how long an image takes on this machine, in batches, decoding apart; a third digit would be noise."""
        passes = 2 if self.recipe.mirrored else 1
        exact = passes * backbone_milliseconds(self.base, self._task.cache)
        exact += 1000 * self._head_seconds
        return float(f"{exact:.2g}")

    def _timed(self, predict: Callable[[], np.ndarray]) -> np.ndarray:
        started = time.perf_counter()
        probabilities = predict()
        self._head_seconds = (time.perf_counter() - started) / max(1, len(probabilities))
        return probabilities


class NetworkEstimator(_Estimator):
    """A head, and maybe the backbone's last layers, trained by gradient descent."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        task = self._task
        self.training = Training(
            self.recipe, self.base, self.source, task.labels, len(task.classes), self._seed
        )

    def fit(self, asked: FoldFit, epochs: int, deadline: float | None = None) -> Fitted:
        """Train with early stopping, from where the state stands.

        Args:
            asked: the images, counted within the task's, and the state.
            epochs: the last epoch to run, counted from the fit's beginning.
            deadline: a time in seconds since 1970 after which no epoch starts but the first.

        Raises:
            TrialFailure: a loss is no longer a number.
            Stopped: a stop was asked for; the state has been saved.
        """
        return self.fitted(fit(self.training, asked, epochs, deadline), asked)

    def fitted(self, result: FitResult, asked: FoldFit) -> Fitted:
        """Return a fit that has ended, and measure how long a frozen backbone's head takes to predict."""
        if self.recipe.unfrozen == 0:
            self._timed(lambda: self.predict(asked.validation))
        return Fitted(result.probabilities, result.state.history, result.state.best_epoch)

    def refit(self, train: np.ndarray, history: list[dict[str, Any]], on_epoch: OnEpoch) -> None:
        """Train on all of `train`, repeating an earlier fit's epochs."""
        refit(self.training, train, history, on_epoch)

    def predict(self, indices: np.ndarray) -> np.ndarray:
        """Return the class probabilities of images, float32 (n, C), from their features."""
        return self.training.predict(self.training.stages[-1], indices)

    def parameters(self) -> dict[str, int]:
        """Return the numbers of weights of the whole classifier and of those that training changes."""
        network = self.training.network
        trained = sum(int(np.prod(w.shape)) for w in network.whole.trainable_weights)
        total = self.base.network.count_params() + network.head.count_params()
        return {"total": total, "trainable": trained}


class ProbeEstimator(_Estimator):
    """A probe on the frozen backbone's features."""

    probe: Probe

    def fit(self, asked: FoldFit, epochs: int = 0, deadline: float | None = None) -> Fitted:
        """Fit on the training images and predict the validation images; there are no epochs."""
        self.refit(asked.train, [], lambda row: None)
        return Fitted(self._timed(lambda: self.predict(asked.validation)), [], 0)

    def refit(self, train: np.ndarray, history: list[dict[str, Any]], on_epoch: OnEpoch) -> None:
        """Fit on all of `train`."""
        task = self._task
        self._features = FrozenFeatures(self.recipe, self.base, self.source)
        self.probe = fit_probe(
            self.recipe, self._features, task.labels, train, len(task.classes), self._seed
        )

    def predict(self, indices: np.ndarray) -> np.ndarray:
        """Return the class probabilities of images, float32 (n, C), from their features."""
        return self.probe.probabilities(self._features.for_inference(indices))

    def parameters(self) -> dict[str, int]:
        """Return the numbers of weights of the whole classifier and of those that are fitted."""
        network, classes = self.base.network, len(self._task.classes)
        shape = network.output_shape[1:]
        if self.recipe.token_pooling:
            shape = (token_slice(self.recipe).stop - token_slice(self.recipe).start, shape[-1])
        width = shape[-1] if self.recipe.pooling == "gap" else int(np.prod(shape))
        # Neighbours keep every training image's features and class.
        rows = len(self._task.labels) if self.recipe.classifier == "neighbours" else classes
        fitted = rows * width + (rows * classes if rows != classes else 0) + classes
        return {"total": network.count_params() + fitted, "trainable": fitted}


def fits_at_once(estimator: NetworkEstimator | ProbeEstimator, most: int) -> int:
    """Return how many fits of an estimator's recipe are to be trained at once, of `most` that are due."""
    if isinstance(estimator, NetworkEstimator) and can_be_stacked(estimator.training, most):
        return most
    return 1


def fit_at_once(
    estimators: Sequence[NetworkEstimator | ProbeEstimator],
    asked: Sequence[FoldFit],
    epochs: int,
    deadline: float | None = None,
) -> list[Fitted]:
    """Fit one estimator, or as many of one recipe as `fits_at_once` says; the errors are those of a fit."""
    if len(estimators) == 1:
        return [estimators[0].fit(asked[0], epochs, deadline)]
    networks = cast("Sequence[NetworkEstimator]", estimators)
    results = fit_stacked([n.training for n in networks], asked, epochs, deadline)
    return [
        network.fitted(result, one)
        for network, result, one in zip(networks, results, asked, strict=True)
    ]


def make_estimator(
    task: ImageTask, recipe: Recipe, seed: int, report: OnEvent, deadline: float | None = None
) -> NetworkEstimator | ProbeEstimator:
    """Return the estimator of a recipe on a task's images, with features from the cache.

    Raises:
        Stopped: features had to be computed, and a stop was asked for or `deadline` (seconds since 1970) passed.
    """
    kind = NetworkEstimator if recipe.trained else ProbeEstimator
    base = cached_base(recipe.backbone, recipe.image_size, task.weights, recipe.architecture)
    return kind(task, recipe, base, feature_source(task, report, deadline), seed)


def feature_source(
    task: ImageTask, report: OnEvent, deadline: float | None = None
) -> FeatureSource:
    """Return where the features of a task's images come from; computing them raises as `make_estimator` says."""
    images, progress = (
        ImageFiles(task.paths, task.digests, task.gray),
        stopping_progress(report, deadline),
    )
    return FeatureSource(images, FeatureCache(task.cache), seed=task.seed, progress=progress)


def stopping_progress(report: OnEvent, deadline: float | None = None) -> Progress:
    """Return what reports the progress of a job, and raises `Stopped` once a stop was asked for or time is up."""

    def progress(what: str, done: int, total: int) -> None:
        report(ProgressEvent(what, done, total))
        if stop_requested() or (deadline is not None and time.time() > deadline):
            raise Stopped

    return progress


def cached_base(name: str, size: int, weights: str, architecture: tuple = ()) -> Base:
    """Return a backbone, kept built between the jobs of a process."""
    return _built(name, size, weights, architecture)


# Behind a function of its own, since arguments that are left out make another key than defaults that are given.
@lru_cache(maxsize=4)
def _built(name: str, size: int, weights: str, architecture: tuple) -> Base:
    return build_base(name, size, weights, architecture)
