"""Several fits of one recipe at once: small heads on frozen features, side by side in a `StackedHead`."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache, partial

import keras
import numpy as np

from ..cancellation import stop_requested
from ..errors import Stopped, TrialFailure
from ..features.inputs import WINDOW_BYTES
from .epoch_loop import EpochLoop, FitResult, FoldFit, Saving, loss_and_accuracy
from .probes.probe import FrozenFeatures
from .stages import Training, batches, dropout_seed

# The most trained weights, over all members: with more, moving them costs what the calls saved.
_MOST_WEIGHTS = 6_000_000
# Keras keeps seeds as 64 bits and gives TensorFlow the remainder.
_LARGEST_SEED = 2**31 - 2


def can_be_stacked(training: Training, members: int) -> bool:
    """Whether so many fits of a recipe can, and should, be trained side by side."""
    recipe, network = training.recipe, training.network
    width = int(np.prod(network.head.input_shape[1:]))
    is_plain = not (recipe.unfrozen or recipe.batch_norm) and recipe.mix == "none"
    return (
        is_plain
        and members > 1
        and keras.backend.backend() == "tensorflow"
        and members * network.head.count_params() <= _MOST_WEIGHTS
        and len(training.labels) * width * 4 <= WINDOW_BYTES
    )


def fit_stacked(
    trainings: Sequence[Training],
    asked: Sequence[FoldFit],
    epochs: int,
    deadline: float | None = None,
) -> list[FitResult]:
    """Train fits of one recipe side by side; each ends as `epoch_loop.fit` would end it alone.

    Args:
        trainings: one for each fit; they share one network.
        asked: the images and the state of each fit.
        epochs: the last epoch to run, counted from each fit's beginning.
        deadline: a time in seconds since 1970 after which no epoch starts but the first.

    Raises:
        TrialFailure: a loss is no longer a number, in one of the fits.
        Stopped: `stop_requested` after an epoch, whose states have been saved.
    """
    loops, groups = [], defaultdict(list)
    for training, one in zip(trainings, asked, strict=True):
        training.network.reset(training.recipe, training.seed)
        loop = EpochLoop(training, one)
        loop.keep(*loop.variables())
        loops.append(loop)
        # Members step together, so they have the same number of steps in an epoch.
        steps = len(list(batches(one.train, training.recipe, np.random.default_rng(0))))
        groups[steps].append(loop)
    for group in groups.values():
        _StackedLoop(group).train_until(epochs, deadline)
    return [loop.result() for loop in loops]


class _StackedLoop:
    """Fits that take the same number of steps in an epoch.

    All of them stay in the stack to the end, so that its shape stays the same. Those that are over, or ahead of others,
    are inactive: what an epoch does to their variables in the stack is not used.
    """

    def __init__(self, loops: Sequence[EpochLoop]):
        self._loops = loops
        self._training = training = loops[0].training
        self._stack = training.network.stack_of(training.recipe, len(loops))
        self._features = FrozenFeatures(training.recipe, training.base, training.source)
        self._images = np.unique(
            np.concatenate([i for x in loops for i in (x.asked.train, x.asked.validation)])
        )
        self._clean = self._features.for_inference(self._images)
        most = max(len(loop.asked.validation) for loop in loops)
        self._validated = np.zeros((len(loops), most), np.int32)
        for row, loop in zip(self._validated, loops, strict=True):
            row[: len(loop.asked.validation)] = self._positions(loop.asked.validation)
        self._live: list[int] = []

    def train_until(self, epochs: int, deadline: float | None) -> None:
        """Train every fit until it is over.

        Raises:
            Stopped: as `fit_stacked` says.
        """
        saving = Saving(*self._loops)
        while active := self._active(epochs, deadline):
            self._go_on_with(active)
            self._epoch()
            stop = stop_requested()
            if saving.is_due(stop):
                self._keep()
                saving.save()
            if stop and self._active(epochs):
                raise Stopped
        self._keep()

    def _active(self, epochs: int, deadline: float | None = None) -> list[int]:
        """Return the members to train next: of those that are not over, the ones that are least far."""
        waiting = {
            member: loop.state.epoch
            for member, loop in enumerate(self._loops)
            if not loop.is_over(epochs, deadline)
        }
        return [member for member, epoch in waiting.items() if epoch == min(waiting.values())]

    def _go_on_with(self, active: list[int]) -> None:
        """Make the stack's variables those of the active members."""
        if active == self._live:
            return
        self._keep()
        if not set(active) <= set(self._live):
            states = [loop.state for loop in self._loops]
            weights, optimizer = [s.weights for s in states], [s.optimizer for s in states]
            self._stack.load(weights, optimizer, active[0])
        self._live = active

    def _keep(self) -> None:
        """Let the states of the members that are trained go on from the stack's variables."""
        weights, optimizer = cache(self._stack.weights), cache(self._stack.optimizer_variables)
        for member in self._live:
            self._loops[member].keep(_copies(member, weights), _copies(member, optimizer))

    def _epoch(self) -> None:
        """Train and validate the live members for an epoch, and record it.

        Raises:
            TrialFailure: a loss is no number.
        """
        started = time.perf_counter()
        loops = {member: self._loops[member] for member in self._live}
        epoch = next(iter(loops.values())).state.epoch + 1
        losses, accuracies = self._train(loops, epoch)
        predicted = self._stack.predict(self._clean, self._validated)
        seconds = (time.perf_counter() - started) / len(loops)
        weights = cache(self._stack.weights)
        for member, loop in loops.items():
            if not np.isfinite(losses[member]):
                raise TrialFailure(f"the training loss became {losses[member]} in epoch {epoch}")
            trained = float(losses[member]), float(accuracies[member])
            labels = loop.training.labels[loop.asked.validation]
            validated = loss_and_accuracy(labels, predicted[member, : len(labels)])
            loop.record(trained, validated, seconds, partial(_copies, member, weights))

    def _train(self, loops: dict[int, EpochLoop], epoch: int):
        """Take the steps of an epoch; return each member's mean loss and accuracy, (M,) each."""
        training, members = self._training, len(self._loops)
        parts = {
            m: list(
                batches(
                    x.asked.train, training.recipe, np.random.default_rng([x.training.seed, epoch])
                )
            )
            for m, x in loops.items()
        }
        steps = max(len(part) for part in parts.values())
        size = max(len(batch) for part in parts.values() for batch in part)
        order = np.zeros((steps, members, size), np.int32)
        targets = np.zeros((steps, members, size, training.classes), np.float32)
        rates = np.zeros(members, np.float32)
        seeds = np.zeros((len(self._stack.dropouts), members), np.int32)
        for m, loop in loops.items():
            rates[m] = loop.state.rate
            seeds[:, m] = [
                dropout_seed(loop.training.seed, name, epoch) % _LARGEST_SEED
                for name in self._stack.dropouts
            ]
            for step, batch in enumerate(parts[m]):
                order[step, m, : len(batch)] = self._positions(batch)
                targets[step, m, : len(batch)] = training.targets(batch, loop.asked.train)
        rows = self._clean
        if training.recipe.views:
            rows = self._features.in_epoch(self._images, epoch - 1)
        losses, correct = self._stack.train(rows, order, targets, rates, seeds)
        trained = np.maximum((targets.sum(axis=-1) > 0).sum(axis=(0, 2)), 1)
        return losses / trained, correct / trained

    def _positions(self, indices: np.ndarray) -> np.ndarray:
        return np.searchsorted(self._images, indices)


def _copies(member: int, stacked: Callable[[], list[np.ndarray]]) -> list[np.ndarray]:
    """Return a member's part of stacked variables; scalars are all members'."""
    return [array[member].copy() if array.ndim else array for array in stacked()]
