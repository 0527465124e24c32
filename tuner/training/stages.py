"""One epoch after another of one network: batches, seeds, steps and validation.

Every epoch depends only on the weights, the optimizer's state, the seed and its own number, so a fit can stop
after any epoch and go on later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import keras
import numpy as np

from ...datasets import mixup
from ...search_spaces import Recipe, required
from ..backbones.backbone import Base
from ..backbones.pixel_scaling import channel_statistics
from ..errors import TrialFailure
from ..features.features import Features, FeatureSource
from ..seeds import derive_seed
from .network import build_network
from .probes.logistic import fit_logistic
from .probes.probe import FrozenFeatures
from .train_step import TrainStep

HEAD, FINE_TUNE = "head", "fine-tune"
# Images whose mean and deviation are taken at once.
_SCALING_WINDOW = 64


@dataclass(frozen=True)
class Stage:
    """A model with its train step, and the features it trains on; `rate` is the learning rate it starts with."""

    name: str
    model: keras.Model
    train_step: TrainStep
    features: Features
    rate: float


class Training:
    """A recipe's network with its stages, ready to train.

    Args:
        labels: int64 (N,), the class of every image of the features.
        classes: the number of classes.
        seed: decides initial weights, dropout and the order of images.
    """

    def __init__(
        self,
        recipe: Recipe,
        base: Base,
        source: FeatureSource,
        labels: np.ndarray,
        classes: int,
        seed: int,
    ):
        self.recipe, self.base, self.labels, self.seed = recipe, base, labels, seed
        self.classes = classes
        self.source = source
        self.network = build_network(recipe, base, classes, seed)
        self._features = source.features(recipe, base, recipe.unfrozen)
        self._scaled = False
        self.stages = self._plan(source, base)

    def _plan(self, source: FeatureSource, base: Base) -> list[Stage]:
        recipe, network = self.recipe, self.network
        head = (HEAD, network.head, network.train_steps["head"])
        fine_tune = (FINE_TUNE, network.whole, network.train_steps["whole"])
        if recipe.unfrozen == 0:
            return [Stage(*head, self._features, required(recipe.learning_rate))]
        if recipe.head_start == "probe":
            return [Stage(*fine_tune, self._features, required(recipe.fine_tune_rate))]
        if not recipe.head_epochs:
            return [Stage(*fine_tune, self._features, required(recipe.learning_rate))]
        frozen = source.features(recipe, base, 0)
        return [
            Stage(*head, frozen, required(recipe.learning_rate)),
            Stage(*fine_tune, self._features, required(recipe.fine_tune_rate)),
        ]

    def begin(self, stage: Stage, train: np.ndarray) -> None:
        """Start a stage on the images `train` (indices): a fresh optimizer, and what is set from them."""
        stage.train_step.reset_optimizer()
        if stage is not self.stages[0] or not self._needs_features:
            return
        features = FrozenFeatures(self.recipe, self.base, self.source)
        if self.recipe.feature_scaling == "standard":
            rows = features.for_inference(train)
            self.network.stack[0].set_weights([rows.mean(axis=0), rows.var(axis=0)])
        if self.recipe.head_start == "probe":
            self._start_at_probe(features, train)

    @property
    def starts_at_probe(self) -> bool:
        """Whether the network classifies already before its first epoch."""
        return self.recipe.head_start == "probe"

    @property
    def _needs_features(self) -> bool:
        return self.starts_at_probe or self.recipe.feature_scaling == "standard"

    def _start_at_probe(self, features: FrozenFeatures, train: np.ndarray) -> None:
        *before, logits, _ = self.network.stack
        rows = features.for_training(train)
        for layer in before:
            rows = layer(rows, training=False)
        probe = fit_logistic(
            keras.ops.convert_to_numpy(rows),
            np.tile(self.labels[train], features.rows_per_image),
            self.classes,
            l2="cv",
            balanced=self.recipe.class_weight == "balanced",
            seed=self.seed,
            views=features.rows_per_image,
        )
        logits.set_weights([probe.kernel, probe.bias])

    def targets(self, indices: np.ndarray, train: np.ndarray) -> np.ndarray:
        """Return one-hot targets, float32 (n, C); balanced ones weigh each class the same over `train`."""
        targets = np.eye(self.classes, dtype=np.float32)[self.labels[indices]]
        if self.recipe.class_weight == "balanced":
            counts = np.bincount(self.labels[train], minlength=self.classes)
            targets *= (len(train) / (self.classes * np.maximum(counts, 1))).astype(np.float32)
        return targets

    def epoch(
        self, stage: Stage, epoch: int, rate: float, train: np.ndarray
    ) -> tuple[float, float]:
        """Train epoch `epoch` (from 1) on the images `train`; return the mean loss and accuracy.

        Raises:
            TrialFailure: the loss is no longer a number.
        """
        self._scale_pixels(train)
        stage.model.optimizer.learning_rate = rate
        seed_dropout(stage.model, self.seed, epoch)
        rng = np.random.default_rng([self.seed, epoch])
        sums, images = np.zeros(2), 0
        for chunk in _chunks(batches(train, self.recipe, rng), stage.features.window):
            indices = np.concatenate(chunk)
            bounds = np.cumsum([0, *map(len, chunk)])
            inputs = stage.features.for_training(indices, epoch - 1)
            targets = self.targets(indices, train)
            if self.recipe.mix != "none":
                inputs, targets = self._mixed(inputs, targets, bounds, rng)
            sums += stage.train_step.train(inputs, targets, bounds)
            images += len(indices)
        loss, accuracy = (sums / images).tolist()
        if not np.isfinite(loss):
            raise TrialFailure(f"the training loss became {loss} in epoch {epoch}")
        return loss, accuracy

    def _mixed(self, inputs, targets, bounds, rng) -> tuple[list[np.ndarray], np.ndarray]:
        """Mix the rows between each two bounds, the batches, among themselves."""
        kind, alpha = required(self.recipe.mix), required(self.recipe.mix_alpha)
        arrays, labels = [], []
        for i, j in pairwise(bounds):
            mixed = mixup([x[i:j] for x in inputs], kind, alpha=alpha, rng=rng)
            arrays.append(mixed.arrays)
            labels.append(mixed.labels(targets[i:j]))
        return [np.concatenate(parts) for parts in zip(*arrays, strict=True)], np.concatenate(
            labels
        )

    def _scale_pixels(self, train: np.ndarray) -> None:
        """Give the network the training images' mean and deviation, once."""
        scaling = self.network.scaling
        if scaling is not None and not self._scaled:
            starts = range(0, len(train), _SCALING_WINDOW)
            windows = (
                self._features.for_inference(train[i : i + _SCALING_WINDOW])[0] for i in starts
            )
            scaling.set(*channel_statistics(windows))
            self._scaled = True

    def predict(self, stage: Stage, indices: np.ndarray) -> np.ndarray:
        """Return class probabilities of images, float32 (n, C), in inference mode, the mean over the recipe's views."""
        window = stage.features.window
        parts = []
        for i in range(0, len(indices), window):
            views = stage.features.for_prediction(indices[i : i + window])
            predicted = [stage.train_step.predict(inputs) for inputs in views]
            parts.append(sum(predicted) / np.float32(len(predicted)))
        return np.concatenate(parts)


def batches(train: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield one epoch's batches of image indices, int64 (batch_size,) each, drawn from `train` (n,).

    `full` is one pass, the last batch possibly smaller. A number of steps draws full batches from as many
    shuffled passes as it takes.
    """
    size = min(required(recipe.batch_size), len(train))
    steps = recipe.steps_per_epoch or "full"
    if steps == "full":
        order = rng.permutation(train)
        yield from (order[i : i + size] for i in range(0, len(order), size))
        return
    waiting = np.empty(0, train.dtype)
    for _ in range(int(steps)):
        while len(waiting) < size:
            waiting = np.concatenate([waiting, rng.permutation(train)])
        yield waiting[:size]
        waiting = waiting[size:]


def _chunks(steps: Iterator[np.ndarray], window: int) -> Iterator[list[np.ndarray]]:
    """Gather steps that together have at most `window` images, or one step that has more."""
    chunk: list[np.ndarray] = []
    images = 0
    for step in steps:
        if chunk and images + len(step) > window:
            yield chunk
            chunk, images = [], 0
        chunk.append(step)
        images += len(step)
    if chunk:
        yield chunk


def dropout_seed(seed: int, layer: str, epoch: int) -> int:
    """Return what a dropout layer's random numbers begin with in an epoch (from 1)."""
    return derive_seed(seed, "dropout", layer, epoch)


def seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Give every dropout layer the random state that this epoch (from 1) always has."""
    for layer in model._flatten_layers():
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            value = dropout_seed(seed, layer.name, epoch)
            state = np.array(
                [value, 0], dtype=keras.backend.standardize_dtype(generator.state.dtype)
            )
            generator.state.assign(state)
