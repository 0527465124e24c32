"""A fit: train with early stopping, restore the best weights, score them.

Training stops, and the best weights are chosen, by validation loss: on a small validation set the epoch of
the best accuracy comes far too early.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from ...reports import log_loss
from ...search_spaces import Recipe, required
from ..cancellation import stop_requested
from ..errors import Stopped, TrialFailure
from .checkpoint import FitState
from .stages import HEAD, Stage, Training

OnEpoch = Callable[[dict[str, Any]], None]
# Saving a state may take this share of a fit's time: epochs of milliseconds are not each worth a file.
_SAVING_SHARE = 0.1


@dataclass(frozen=True)
class FitResult:
    """A finished fit.

    `probabilities` float32 (n, C) are the validation images' under the restored weights.
    """

    state: FitState
    probabilities: np.ndarray


@dataclass(frozen=True)
class FoldFit:
    """What one fit is asked for.

    Attributes:
        train: int64 (n,), indices of the images to train on.
        validation: int64 (m,), indices of the images that decide when to stop.
        state: Where the fit stands; a new one begins.
        on_epoch: Called with each epoch's row of the history.
        save: Keeps the state after an epoch, so that a fit that is killed goes on from there.
    """

    train: np.ndarray
    validation: np.ndarray
    state: FitState = field(default_factory=FitState)
    on_epoch: OnEpoch = lambda row: None
    save: Callable[[FitState], None] | None = None


def fit(
    training: Training, asked: FoldFit, epochs: int, deadline: float | None = None
) -> FitResult:
    """Train up to epoch `epochs`, from the beginning or from where the state stands.

    Args:
        training: the network and its stages.
        asked: the images and the state.
        epochs: the last epoch to run, counted from the fit's beginning.
        deadline: a time in seconds since 1970 after which no epoch starts but the first.

    Raises:
        TrialFailure: a loss is no longer a number.
        Stopped: `stop_requested` after an epoch, whose state has been saved.
    """
    loop = EpochLoop(training, asked)
    saving = Saving(loop)
    while not loop.is_over(epochs, deadline):
        loop.advance()
        stop = stop_requested()
        if saving.is_due(stop):
            loop.keep(*loop.variables())
            saving.save()
        if stop and not loop.is_over(epochs):
            raise Stopped
    loop.keep(*loop.variables())
    return loop.result()


class Saving:
    """Decides when the states of fits are worth a file, so that saving takes a small share of the time.

    `loops` are the fits; one that is not to be saved is left out.
    """

    def __init__(self, *loops: EpochLoop):
        self._saves = [(loop.asked.save, loop.state) for loop in loops if loop.asked.save]
        self._saved, self._cost = time.perf_counter(), 0.0

    def is_due(self, stop: bool) -> bool:
        """Whether to save now; always before a stop."""
        since = time.perf_counter() - self._saved
        return bool(self._saves) and (stop or self._cost <= _SAVING_SHARE * since)

    def save(self) -> None:
        """Save the states."""
        started = time.perf_counter()
        for save, state in self._saves:
            save(state)
        self._saved = time.perf_counter()
        self._cost = self._saved - started


class EpochLoop:
    """The course of one fit: what an epoch's losses mean for its state.

    It begins, or goes on, with the variables of the training's network, and predicts with them in the end; in between
    they may be trained elsewhere.
    """

    def __init__(self, training: Training, asked: FoldFit):
        self.training, self.asked = training, asked
        self.state = state = asked.state
        self.stages = {stage.name: stage for stage in training.stages}
        self.whole = training.network.whole
        if state.epoch:
            self.stage = self.stages[state.stage]
            self._restore()
        else:
            self._begin(training.stages[0])
            if training.starts_at_probe:
                self._update_best(self._validate()[0], self.whole.get_weights)

    def is_over(self, epochs: int, deadline: float | None = None) -> bool:
        """Whether no epoch follows: it has stopped, ran all `epochs`, or is past the deadline after its first."""
        state = self.state
        if state.stopped or state.epoch >= epochs:
            return True
        return deadline is not None and state.epoch > 0 and time.time() > deadline

    def advance(self) -> None:
        """Train an epoch, and record it."""
        state, started = self.state, time.perf_counter()
        trained = self.training.epoch(self.stage, state.epoch + 1, state.rate, self.asked.train)
        validated = self._validate()
        seconds = time.perf_counter() - started
        self.record(trained, validated, seconds, self.whole.get_weights)

    def record(
        self,
        trained: tuple[float, float],
        validated: tuple[float, float],
        seconds: float,
        weights: Callable[[], list[np.ndarray]],
    ) -> None:
        """Take the outcome of an epoch, and decide whether the stage, or the fit, is over.

        Args:
            trained: the mean loss and accuracy on the training images.
            validated: the same on the validation images.
            seconds: how long the epoch took.
            weights: returns the weights after the epoch.

        Raises:
            TrialFailure: the validation loss is no number.
        """
        state = self.state
        state.epoch += 1
        state.stage_epoch += 1
        row = {
            "epoch": state.epoch,
            "stage": self.stage.name,
            "learning_rate": state.rate,
            "loss": trained[0],
            "accuracy": trained[1],
            "val_loss": validated[0],
            "val_accuracy": validated[1],
            "seconds": seconds,
        }
        self._update_best(validated[0], weights)
        state.history.append(row)
        self.asked.on_epoch(row)
        if self._stage_is_over():
            self._next_stage_or_stop()

    def variables(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the network's weights, and the variables of the optimizer."""
        optimizer = self.stage.model.optimizer.variables
        return self.whole.get_weights(), [keras.ops.convert_to_numpy(v) for v in optimizer]

    def keep(self, weights: list[np.ndarray], optimizer: list[np.ndarray]) -> None:
        """Let the state go on from these variables."""
        self.state.weights, self.state.optimizer = weights, optimizer

    def result(self) -> FitResult:
        """Restore the best weights and predict with them."""
        self.whole.set_weights(self.state.best)
        last = self.training.stages[-1]
        return FitResult(self.state, self.training.predict(last, self.asked.validation))

    def _validate(self) -> tuple[float, float]:
        """Return the validation loss and accuracy of the network as it is."""
        probabilities = self.training.predict(self.stage, self.asked.validation)
        return loss_and_accuracy(self.training.labels[self.asked.validation], probabilities)

    def _update_best(self, val_loss: float, weights: Callable[[], list[np.ndarray]]) -> None:
        """Keep the weights if they are the best, count the epochs since, and reduce the rate on a plateau."""
        state, recipe = self.state, self.training.recipe
        if not np.isfinite(val_loss):
            raise TrialFailure(f"the validation loss became {val_loss} in epoch {state.epoch}")
        if val_loss < state.best_loss:
            state.best_loss, state.best_epoch = val_loss, state.epoch
            state.best = weights()
            state.wait = state.plateau_wait = 0
            return
        state.wait += 1
        state.plateau_wait += 1
        if recipe.plateau_patience and state.plateau_wait >= recipe.plateau_patience:
            state.rate = reduced(state.rate, recipe)
            state.plateau_wait = 0

    def _stage_is_over(self) -> bool:
        recipe = self.training.recipe
        head_is_done = (
            self.stage.name == HEAD
            and recipe.head_epochs is not None
            and self.state.stage_epoch >= recipe.head_epochs
        )
        return head_is_done or self.state.wait >= required(recipe.patience)

    def _next_stage_or_stop(self) -> None:
        following = self.training.stages[self.training.stages.index(self.stage) + 1 :]
        if following:
            self.whole.set_weights(self.state.best)
            self._begin(following[0])
        else:
            self.state.stopped = True

    def _begin(self, stage: Stage) -> None:
        self.stage = stage
        self.training.begin(stage, self.asked.train)
        state = self.state
        state.stage, state.rate = stage.name, stage.rate
        state.stage_epoch = state.wait = state.plateau_wait = 0

    def _restore(self) -> None:
        self.stage.train_step.reset_optimizer()
        self.whole.set_weights(self.state.weights)
        for variable, value in zip(
            self.stage.model.optimizer.variables, self.state.optimizer, strict=True
        ):
            variable.assign(value)


def loss_and_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> tuple[float, float]:
    """Return the log loss and the accuracy of class probabilities (n, C) on labels (n,)."""
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    return log_loss(labels, probabilities), accuracy


def reduced(rate: float, recipe: Recipe) -> float:
    """Return the learning rate after a plateau; it is never raised to the recipe's least one."""
    factor, least = required(recipe.plateau_factor), required(recipe.min_learning_rate)
    return min(rate, max(rate * factor, least))


def refit(training: Training, train: np.ndarray, history: list[dict[str, Any]], on_epoch: OnEpoch):
    """Train without validation, repeating the stages and learning rates of an earlier fit's epochs.

    Args:
        training: the network and its stages.
        train: int64 (n,), indices of the images to train on.
        history: the earlier fit's rows, one an epoch.
        on_epoch: called with each epoch's row, whose validation values are None.

    Raises:
        TrialFailure: the loss is no longer a number.
    """
    stage = training.stages[0]
    training.begin(stage, train)
    for past in history:
        if stage.name != past["stage"]:
            stage = next(s for s in training.stages if s.name == past["stage"])
            training.begin(stage, train)
        loss, accuracy = training.epoch(stage, past["epoch"], past["learning_rate"], train)
        on_epoch(
            {**past, "loss": loss, "accuracy": accuracy, "val_loss": None, "val_accuracy": None}
        )
