"""Techniques of fine-tuning against the plain recipe, one at a time, on held-out images and in pairs.

    python tests/benchmarks/fine_tuning.py --data DIR --weights DIR --cache DIR --out results.json [--draws N]

DIR for data holds the image sets of `ranking_pools.py`. Every technique starts at the same logistic probe and trains
the same last layers on the same folds of the same drawn images. The weights of the epoch with the lowest validation
loss are scored on held-out images, and the scores are averaged over the folds. The table has the difference from the
plain recipe in log loss and accuracy, with 95 % intervals from a bootstrap over the draws and the images, and the time
of an epoch's steps relative to that of the plain recipe.
"""

import json
import time
from pathlib import Path

import click
import keras
import numpy as np
import tensorflow as tf
from fine_tuning_figures import table
from fine_tuning_techniques import EPOCHS, PLAIN, TECHNIQUES, Technique
from ranking_pools import divide, pool_of

from transfertune.datasets import assign_folds, choose_policy
from transfertune.reports import log_loss
from transfertune.search_spaces import Recipe
from transfertune.tuner.features.cache import FeatureCache
from transfertune.tuner.features.features import FeatureSource, ImageFiles
from transfertune.tuner.training.estimators import cached_base
from transfertune.tuner.training.stages import Training, batches

PATIENCE = 4
HELD_OUT = 500
FOLDS = 5
CELLS = (("cifar", 96), ("food64", 96), ("food", 224))
SIZES = (100, 500)
_RECIPE = {
    "backbone": "mobilenet_v2",
    "classifier": "head",
    "head_start": "probe",
    "unfreeze": 20,
    "fine_tune_rate": 1e-4,
    "batch_size": 16,
    "patience": PATIENCE,
}


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--weights", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--cache", type=click.Path(path_type=Path), required=True, help="Keeps the features.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="JSON; it is continued."
)
@click.option("--draws", type=click.IntRange(min=1), default=2, help="Training sets of each size.")
@click.option("--technique", "names", multiple=True, type=click.Choice(list(TECHNIQUES)))
def main(data, weights, cache, out, draws, names) -> None:
    """Train what the file does not have yet, and print the table of everything in it."""
    done = json.loads(out.read_text()) if out.exists() else {}
    for draw in range(draws):
        for task, pixels in CELLS:
            for size in SIZES:
                case = f"{task} {size} {draw}"
                wanted = ["plain", *(names or TECHNIQUES)]
                missing = [name for name in wanted if name not in done.get(case, {})]
                if missing:
                    bench = Bench(task, pixels, size, draw, data, weights, cache)
                for name in missing:
                    technique = PLAIN if name == "plain" else TECHNIQUES[name]
                    done.setdefault(case, {})[name] = bench.scores(technique)
                    out.write_text(json.dumps(done))
                    row = done[case][name]
                    click.echo(f"{case}  {name}  {row['start']} {row['end']} {row['seconds']:.3f}")
    click.echo(table(done))


class Bench:
    """One draw of training images with its folds and held-out images."""

    def __init__(self, task, pixels, size, draw, data, weights, cache):
        pool = pool_of(task, data, cache)
        split = divide(pool, size, np.random.default_rng([77, draw, size]))
        policy = choose_policy(pool, split, folds=FOLDS)
        self.folds = assign_folds(pool, split, policy, seed=draw)[0]
        rng = np.random.default_rng(draw)
        held_out = rng.permutation(split.test)[:HELD_OUT]
        self.train = np.flatnonzero(self.folds >= 0)
        self.pool, self.classes, self.seed = pool, len(pool.classes), draw
        self.base = cached_base("mobilenet_v2", pixels, str(weights))
        self.pixels = pixels
        self.sources = [
            FeatureSource(self._files(rows), FeatureCache(cache), seed=draw, progress=_quiet)
            for rows in (self.train, held_out)
        ]
        self.labels = pool.labels[self.train]
        self.truth = pool.labels[held_out]
        self.folds = self.folds[self.train]

    def _files(self, rows: np.ndarray) -> ImageFiles:
        images = [self.pool.images[i] for i in rows]
        return ImageFiles(tuple(x.path for x in images), tuple(x.digest for x in images))

    def scores(self, technique: Technique) -> dict:
        """Return log loss and accuracy of the start and the end, means over the folds, and every image's loss."""
        values = {
            **_RECIPE,
            "image_size": self.pixels,
            "augment": technique.augment,
            "fine_tune_rate": technique.rate,
        }
        if technique.augment != "none":
            values["views"] = technique.views
        recipe = Recipe.from_values(values, epochs=EPOCHS)
        starts, ends, seconds = [], [], []
        for fold in range(FOLDS):
            training = Training(
                recipe, self.base, self.sources[0], self.labels, self.classes, self.seed
            )
            rows = np.flatnonzero(self.folds != fold), np.flatnonzero(self.folds == fold)
            run = Run(training, technique, *rows)
            starts.append(self._held_out(training))
            run.train()
            ends.append(self._held_out(training))
            seconds.append(run.seconds)
        chosen = np.array(ends)[:, np.arange(len(self.truth)), self.truth]
        right = np.array([end.argmax(axis=1) == self.truth for end in ends])
        return {
            "start": self._summary(starts),
            "end": self._summary(ends),
            "seconds": float(np.median(seconds)),
            "losses": (-np.log(np.maximum(chosen, 1e-7))).mean(axis=0).round(5).tolist(),
            "right": right.mean(axis=0).round(3).tolist(),
        }

    def _held_out(self, training: Training) -> np.ndarray:
        features = self.sources[1].features(training.recipe, self.base, training.recipe.unfrozen)
        stage = training.stages[-1]
        parts = np.array_split(np.arange(len(self.truth)), 5)
        return np.concatenate([stage.train_step.predict(features.for_inference(i)) for i in parts])

    def _summary(self, predicted: list[np.ndarray]) -> list[float]:
        losses = [log_loss(self.truth, one) for one in predicted]
        right = [(one.argmax(axis=1) == self.truth).mean() for one in predicted]
        return [round(float(np.mean(losses)), 4), round(float(np.mean(right)), 4)]


class Run:
    """One fit with a technique: Adam as Keras has it, from the probe to the epoch with the lowest validation loss."""

    def __init__(self, training: Training, technique: Technique, train, validation):
        self.training, self.technique = training, technique
        self.rows, self.validation = train, validation
        self.stage = training.stages[-1]
        training.begin(self.stage, train)
        self.model = self.stage.model
        self.variables = [v.value for v in self.model.trainable_weights]
        self.start = [tf.identity(v) for v in self.variables]
        self.moments = [[tf.Variable(tf.zeros_like(v)) for v in self.variables] for _ in range(2)]
        self.average = [tf.Variable(v) for v in self.variables]
        self.count = tf.Variable(0.0)
        self.step = tf.function(self._step, reduce_retracing=True)
        self.seconds = 0.0

    def train(self) -> None:
        """Train, and leave the best weights in the network."""
        best, kept, waited = self._loss(), self._values(self.variables), 0
        steps = EPOCHS * int(np.ceil(len(self.rows) / 16))
        for epoch in range(EPOCHS):
            rng, started = np.random.default_rng([epoch]), time.perf_counter()
            for batch in batches(self.rows, self.training.recipe, rng):
                self._take(batch, epoch, steps)
            self.seconds = time.perf_counter() - started
            raw = self._values(self.variables)
            if self.technique.average:
                self._assign(self._values(self.average))
            loss = self._loss()
            waited += 1
            if loss < best:
                best, kept, waited = loss, self._values(self.variables), 0
            self._assign(raw)
            if waited >= PATIENCE and not self.technique.anneal:
                break
        self._assign(kept)

    def _take(self, batch: np.ndarray, epoch: int, steps: int) -> None:
        technique = self.technique
        rate = technique.rate
        if technique.anneal:
            done, warm = float(self.count.numpy()), max(1, steps // 10)
            rate *= min(1, (done + 1) / warm) * 0.5 * (1 + np.cos(np.pi * done / steps))
        targets = np.eye(self.training.classes, dtype=np.float32)[self.training.labels[batch]]
        targets = targets * (1 - technique.smoothing) + technique.smoothing / targets.shape[1]
        inputs = self.stage.features.for_training(batch, epoch)
        self.step(
            [tf.constant(x) for x in inputs],
            tf.constant(targets, tf.float32),
            tf.constant(rate * self._factors(epoch), tf.float32),
            tf.constant(technique.pull, tf.float32),
            tf.constant(technique.average, tf.float32),
        )

    def _factors(self, epoch: int) -> np.ndarray:
        """Return what the rate of each variable is multiplied with."""
        depth = _depths(self.model)
        factors = self.technique.decay**depth
        if self.technique.blocks:
            shares = np.ceil(3 * (depth + 1) / (depth.max() + 1)) - 1
            factors = factors * (shares <= 3 * epoch / EPOCHS)
        return factors

    def _step(self, inputs, targets, rates, pull, momentum):
        x = inputs[0] if len(inputs) == 1 else inputs
        with tf.GradientTape() as tape:
            predicted = self.model(x, training=True)
            loss = self.model.compute_loss(x=x, y=targets, y_pred=predicted, training=True)
        self.count.assign_add(1.0)
        bias = tf.sqrt(1 - 0.999**self.count) / (1 - 0.9**self.count)
        momentum = tf.minimum(momentum, (1 + self.count) / (10 + self.count))
        rows = zip(
            tape.gradient(loss, self.variables), self.variables, self.start, *self.moments,
            self.average, strict=True,
        )  # fmt: skip
        for i, (gradient, variable, start, first, second, average) in enumerate(rows):
            first.assign_add(0.1 * (gradient - first))
            second.assign_add(0.001 * (gradient**2 - second))
            change = bias * first / (tf.sqrt(second) + 1e-7) + pull * (variable - start)
            variable.assign_sub(rates[i] * change)
            average.assign_add((1 - momentum) * (variable - average))
        return loss

    def _loss(self) -> float:
        predicted = self.training.predict(self.stage, self.validation)
        return log_loss(self.training.labels[self.validation], predicted)

    def _values(self, variables) -> list[np.ndarray]:
        return [v.numpy().copy() for v in variables]

    def _assign(self, values: list[np.ndarray]) -> None:
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)


def _depths(model: keras.Model) -> np.ndarray:
    """Return how many layers with weights lie above each trainable variable's layer, float (variables,)."""
    # A layer comes before those inside it, so that the innermost one is kept.
    by_variable = {
        id(v): layer.name for layer in model._flatten_layers() for v in layer.trainable_weights
    }
    names = [by_variable[id(v)] for v in model.trainable_weights]
    order = list(dict.fromkeys(reversed(names)))
    return np.array([order.index(name) for name in names], float)


def _quiet(what: str, done: int, total: int) -> None:
    pass


if __name__ == "__main__":
    main()
