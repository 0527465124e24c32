"""The job of a trial: fits its recipe in some folds and scores it.

A job is a plain function of picklable arguments and a `report` callable for events; it never touches the
trial log. Backbones stay built between the jobs of one process.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...datasets import DataError
from ...reports import OBJECTIVES, Fit, FitFiles, TrialPaths, log_loss, write_beside
from ...search_spaces import Recipe, SpaceError
from ..backbones.layer_costs import LayerCosts
from ..errors import SearchError, Stopped, TrialFailure
from ..events import EpochEnded, OnEvent, Progress
from ..seeds import derive_seed
from ..training.checkpoint import FitState
from .early_end import is_surely_worse
from .fit_states import read_state
from .out_of_memory import is_out_of_memory
from .task import Task

if TYPE_CHECKING:
    from ..training.epoch_loop import FoldFit
    from ..training.estimators import NetworkEstimator, ProbeEstimator

# Fits of a fraction of a second are not each worth a write that reaches the disk.
_SAVE_EVERY = 1.0


@dataclass(frozen=True)
class TrialJob:
    """The fits of one trial.

    Attributes:
        number: The trial's number.
        recipe: The values of its `Recipe`.
        epochs: The last epoch to train.
        seed: Decides the fits.
        slots: (repeat, fold) of each fit.
        folds: int16 (repeats, pool), the fold in which each of the task's images validates, -1 for never.
        folder: Takes the trial's files, and may contain some already.
        resume: The folder of an earlier trial of the recipe to continue; None to start anew.
        rival: The folder of a trial to beat: fits end when this one is surely worse on the images that both validated;
            None to run all fits.
        deadline: Seconds since 1970 after which no features are computed and no epoch but the first starts.
    """

    number: int
    recipe: dict[str, Any]
    epochs: int
    seed: int
    slots: tuple[tuple[int, int], ...]
    folds: np.ndarray
    folder: TrialPaths
    resume: TrialPaths | None = None
    rival: TrialPaths | None = None
    deadline: float | None = None

    @property
    def key(self) -> str:
        """Return a digest of the recipe, the seed and the folds; the trial's files belong to it."""
        parts = (Recipe.from_dict(self.recipe).key, str(self.seed), self.folds.tobytes())
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Outcome:
    """How a trial's job ended.

    Attributes:
        score: The objective over all fits; None if the trial failed or was stopped.
        cause: Why the trial failed, in one line.
        stopped: Whether a stop or the deadline ended the job early.
        loss: The mean validation log loss, in nats.
        fits: The fits of the job's slots.
        parameters: The numbers of weights, total and trainable.
        milliseconds: The prediction time of one image.
        out_of_memory: Whether the cause is a lack of memory.
        images: The number of images that a fit trains on, if the trial failed.
    """

    score: float | None
    cause: str | None = None
    stopped: bool = False
    loss: float | None = None
    fits: tuple[Fit, ...] = ()
    parameters: dict[str, int] = field(default_factory=dict)
    milliseconds: float | None = None
    out_of_memory: bool = False
    images: int = 0


def check_weights(
    sizes: list[tuple[str, int]], weights: str, report: OnEvent
) -> dict[str, tuple[str, LayerCosts]]:
    """Build every backbone at its size; return the digest of each one's weights and its layers' costs by name.

    Raises:
        SearchError: Weights are missing, do not fit or cannot be downloaded.
    """
    from ..training.estimators import cached_base

    found = {}
    for name, size in sizes:
        base = cached_base(name, size, weights)
        found[name] = base.digest, base.costs
        report(Progress("preparing backbones", len(found), len(sizes)))
    return found


def run_trial(task: Task, job: TrialJob, report: OnEvent) -> Outcome:
    """Train and score one trial. A failure of the recipe is an outcome; a user's mistake is raised."""
    try:
        try:
            return fit_and_score(task, job, report)
        except FileNotFoundError:  # the cache was deleted meanwhile; try once more
            return fit_and_score(task, job, report)
    except Stopped:
        return Outcome(None, stopped=True)
    except TrialFailure as failure:
        return Outcome(None, str(failure))
    except (DataError, SearchError, SpaceError, OSError):
        raise  # a disk that is full or broken is not the recipe's fault
    except (
        Exception
    ) as error:  # whatever a recipe provokes in Keras costs one trial, not the search
        write_beside(job.folder.error, traceback.format_exc().encode())
        return Outcome(
            None,
            cause_of(error),
            out_of_memory=is_out_of_memory(error),
            images=training_images(job.folds, job.slots),
        )


def training_images(folds: np.ndarray, slots: tuple[tuple[int, int], ...]) -> int:
    """Return how many images a fit in the first of the slots trains on."""
    repeat, fold = slots[0]
    where = folds[repeat]
    return int(((where >= 0) & (where != fold)).sum())


def cause_of(error: Exception) -> str:
    """Return an error as one line; a long one is cut in the middle, since its ends say most."""
    text = " ".join(str(error).split())
    short = text if len(text) <= 300 else f"{text[:140]} … {text[-150:]}"
    return f"{type(error).__name__}: {short}"


def fit_and_score(task: Task, job: TrialJob, report: OnEvent) -> Outcome:
    """Fit every slot that the trial's files do not have yet, and score all of them.

    Raises:
        Stopped: A stop was asked for, or time is up; what was finished is saved.
        TrialFailure: The probabilities or the score are not finite.
    """
    recipe = Recipe.from_dict(job.recipe)
    files = FitFiles(job.folder, job.key, job.epochs)
    estimator, saved = None, time.perf_counter()
    due = [slot for slot in job.slots if files.fit_of(*slot) is None]
    while due:
        if files.fits and job.deadline is not None and time.time() > job.deadline:
            files.save()
            raise Stopped
        if job.rival is not None and files.fits and is_surely_worse(files, job.rival):
            break
        # Who may be given up is fitted one after another.
        slots = due if job.rival is None else due[:1]
        estimator, fitted = _fit_slots(task, job, recipe, slots, files, report)
        due = due[fitted:]
        if time.perf_counter() - saved > _SAVE_EVERY:
            files.save()
            saved = time.perf_counter()
    files.save()
    estimator = estimator or _estimator(task, recipe, job.seed, report)
    labels, probabilities, repeats = files.pooled()
    score = _mean_over_repeats(OBJECTIVES[task.objective].score, labels, probabilities, repeats)
    if not np.isfinite(score):
        raise TrialFailure(f"the score is {score}")
    return Outcome(
        score=score,
        loss=_mean_over_repeats(log_loss, labels, probabilities, repeats),
        fits=tuple(fit for slot in job.slots if (fit := files.fit_of(*slot)) is not None),
        parameters=estimator.parameters(),
        milliseconds=estimator.milliseconds(),
    )


def _fit_slots(
    task: Task,
    job: TrialJob,
    recipe: Recipe,
    due: list[tuple[int, int]],
    files: FitFiles,
    report: OnEvent,
) -> tuple[NetworkEstimator | ProbeEstimator, int]:
    """Fit the first slots that are due, as many as are fitted at once, and add the fits to `files`.

    Returns:
        The last estimator, and the number of fits.
    """
    from ..training.estimators import fit_at_once, fits_at_once

    started = time.perf_counter()
    seeds = [derive_seed(job.seed, *slot) for slot in due]
    first = _estimator(task, recipe, seeds[0], report, job.deadline)
    slots = due[: fits_at_once(first, len(due))]
    others = [
        _estimator(task, recipe, seed, report, job.deadline) for seed in seeds[1 : len(slots)]
    ]
    estimators = [first, *others]
    asked = [_fold_fit(job, slot, report) for slot in slots]
    results = fit_at_once(estimators, asked, job.epochs, job.deadline)
    passes = sum(estimator.pass_seconds for estimator in estimators)
    seconds = (time.perf_counter() - started - passes) / len(slots)
    for (repeat, fold), seed, one, fitted in zip(slots, seeds, asked, results, strict=False):
        if not np.isfinite(fitted.probabilities).all():
            raise TrialFailure("the probabilities are not finite")
        labels = task.labels[one.validation]
        fit = Fit(
            seed=seed,
            fold=fold,
            repeat=repeat,
            score=float(OBJECTIVES[task.objective].score(labels, fitted.probabilities)),
            metrics=_metrics(labels, fitted.probabilities),
            epochs=len(fitted.history),
            best_epoch=fitted.best_epoch,
            seconds=seconds,
        )
        files.add(fit, fitted.history, task.pool[one.validation], labels, fitted.probabilities)
    return estimators[-1], len(slots)


def _fold_fit(job: TrialJob, slot: tuple[int, int], report: OnEvent) -> FoldFit:
    """Return what the fit of a slot is asked for."""
    from ..training.epoch_loop import FoldFit

    where, kept = job.folds[slot[0]], job.folder.state(*slot)
    return FoldFit(
        train=np.flatnonzero((where >= 0) & (where != slot[1])),
        validation=np.flatnonzero(where == slot[1]),
        state=_state(job, *slot),
        on_epoch=lambda row: report(EpochEnded(job.number, *slot, row)),
        save=lambda state: state.save(kept),
    )


def _estimator(
    task: Task, recipe: Recipe, seed: int, report: OnEvent, deadline: float | None = None
) -> NetworkEstimator | ProbeEstimator:
    from ..training.estimators import make_estimator

    return make_estimator(task, recipe, seed, report, deadline)


def _metrics(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    return {
        "accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        "loss": log_loss(labels, probabilities),
    }


def _state(job: TrialJob, repeat: int, fold: int) -> FitState:
    """Return where the slot's fit stands: in this trial, or in the one that it goes on from."""
    state = read_state(job.folder.state(repeat, fold), job.key)
    if state is None and job.resume is not None:
        state = read_state(job.resume.state(repeat, fold), job.key)
    return state or FitState(key=job.key)


def _mean_over_repeats(
    score: Callable[[np.ndarray, np.ndarray], float],
    labels: np.ndarray,
    probabilities: np.ndarray,
    repeats: np.ndarray,
) -> float:
    """Score each repeat on the predictions of all its folds together; return the mean."""
    parts = [repeats == repeat for repeat in np.unique(repeats)]
    return float(np.mean([score(labels[part], probabilities[part]) for part in parts]))
