"""A fit: train with early stopping, restore the best weights, score them.

Training stops, and the best weights are chosen, by validation loss: on a small validation set the epoch of
the best accuracy comes far too early.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
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


def fit(
    training: Training,
    train: np.ndarray,
    validation: np.ndarray,
    *,
    epochs: int,
    state: FitState | None = None,
    deadline: float | None = None,
    on_epoch: OnEpoch,
    save: Callable[[FitState], None] | None = None,
) -> FitResult:
    """Train up to epoch `epochs`, from the beginning or from where `state` stands.

    Args:
        training: the network and its stages.
        train: int64 (n,), indices of the images to train on.
        validation: int64 (m,), indices of the images that decide when to stop.
        epochs: the last epoch to run, counted from the fit's beginning.
        state: a state that an earlier call returned.
        deadline: a time in seconds since 1970 after which no epoch starts but the first.
        on_epoch: called with each epoch's row of the history.
        save: keeps the state after an epoch, so that a fit that is killed goes on from there.

    Raises:
        TrialFailure: a loss is no longer a number.
        Stopped: `stop_requested` after an epoch, whose state has been saved.
    """
    loop = _EpochLoop(training, train, validation, state or FitState(), on_epoch)
    loop.train_until(epochs, deadline, save)
    return loop.result()


class _EpochLoop:
    def __init__(
        self, training: Training, train, validation, state: FitState, on_epoch: OnEpoch
    ) -> None:
        self.training, self.train, self.validation = training, train, validation
        self.state, self.on_epoch = state, on_epoch
        self.stages = {stage.name: stage for stage in training.stages}
        self.whole = training.network.whole
        if state.epoch:
            self.stage = self.stages[state.stage]
            self._restore()
        else:
            self._begin(training.stages[0])
            if training.starts_at_probe:
                self._update_best(self._validate()[0])

    def train_until(self, epochs: int, deadline: float | None, save) -> None:
        saved, cost = time.perf_counter(), 0.0
        while self.state.epoch < epochs and not self.state.stopped:
            if deadline is not None and self.state.epoch and time.time() > deadline:
                break
            self._advance()
            if self._stage_is_over():
                self._next_stage_or_stop()
            stop = stop_requested()
            now = time.perf_counter()
            if save is not None and (stop or cost <= _SAVING_SHARE * (now - saved)):
                self._copy_variables()
                save(self.state)
                saved = time.perf_counter()
                cost = saved - now
            if stop and self.state.epoch < epochs and not self.state.stopped:
                raise Stopped
        self._copy_variables()

    def result(self) -> FitResult:
        """Restore the best weights and predict with them."""
        self.whole.set_weights(self.state.best)
        last = self.training.stages[-1]
        return FitResult(self.state, self.training.predict(last, self.validation))

    def _advance(self) -> None:
        state, started = self.state, time.perf_counter()
        loss, accuracy = self.training.epoch(self.stage, state.epoch + 1, state.rate, self.train)
        val_loss, val_accuracy = self._validate()
        state.epoch += 1
        state.stage_epoch += 1
        row = {
            "epoch": state.epoch,
            "stage": self.stage.name,
            "learning_rate": state.rate,
            "loss": loss,
            "accuracy": accuracy,
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
            "seconds": time.perf_counter() - started,
        }
        self._update_best(val_loss)
        state.history.append(row)
        self.on_epoch(row)

    def _validate(self) -> tuple[float, float]:
        """Return the validation loss and accuracy of the network as it is."""
        probabilities = self.training.predict(self.stage, self.validation)
        labels = self.training.labels[self.validation]
        accuracy = float((probabilities.argmax(axis=1) == labels).mean())
        return log_loss(labels, probabilities), accuracy

    def _update_best(self, val_loss: float) -> None:
        """Keep the weights if they are the best, count the epochs since, and reduce the rate on a plateau."""
        state, recipe = self.state, self.training.recipe
        if not np.isfinite(val_loss):
            raise TrialFailure(f"the validation loss became {val_loss} in epoch {state.epoch}")
        if val_loss < state.best_loss:
            state.best_loss, state.best_epoch = val_loss, state.epoch
            state.best = self.whole.get_weights()
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
        self.training.begin(stage, self.train)
        state = self.state
        state.stage, state.rate = stage.name, stage.rate
        state.stage_epoch = state.wait = state.plateau_wait = 0

    def _copy_variables(self) -> None:
        self.state.weights = self.whole.get_weights()
        self.state.optimizer = [
            keras.ops.convert_to_numpy(v) for v in self.stage.model.optimizer.variables
        ]

    def _restore(self) -> None:
        self.stage.train_step.reset_optimizer()
        self.whole.set_weights(self.state.weights)
        for variable, value in zip(
            self.stage.model.optimizer.variables, self.state.optimizer, strict=True
        ):
            variable.assign(value)


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
