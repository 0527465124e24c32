"""What runs in a worker: building and checking backbones, trials, retraining, prediction.

A job is a plain function of picklable arguments and a `report` callable for events; it never touches the
trial log. Backbones stay built between the jobs of one process.
"""

import csv
import io
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import DataError
from ..reports import HISTORY_COLUMNS, OBJECTIVES, write_beside
from ..search_spaces import Recipe, SpaceError
from .errors import SearchError, TrialFailure

Report = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Task:
    """What all jobs of a study share: the pictures, their labels, and where things lie.

    `pool` holds the sorted indices of these pictures in the study's `pictures.csv`; `paths`, `digests` and
    `labels` have one entry for each. Jobs count pictures within the pool.
    """

    pool: np.ndarray
    paths: tuple[Path, ...]
    digests: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    weights: str
    cache: Path
    objective: str
    seed: int

    def local(self, indices: np.ndarray) -> np.ndarray:
        """Turn indices in `pictures.csv` into indices in the pool."""
        return np.searchsorted(self.pool, indices)


@dataclass(frozen=True)
class TrialJob:
    """One trial: train `recipe` to epoch `epochs`, from the state file `resume` if there is one.

    `train` and `validation` index the task's pictures; `folder` takes the trial's files; `seed` decides the
    fit. No epoch starts after `deadline`, in seconds since 1970.
    """

    number: int
    recipe: dict[str, Any]
    epochs: int
    seed: int
    train: np.ndarray
    validation: np.ndarray
    folder: Path
    resume: Path | None = None
    deadline: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: a score with its fit, or a cause."""

    score: float | None
    cause: str | None = None
    fit: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)


def check_weights(sizes: list[tuple[str, int]], weights: str, report: Report) -> dict[str, str]:
    """Build every backbone at its size; return the digest of each one's weights by name.

    Raises:
        SearchError: weights are missing, do not fit or cannot be downloaded.
    """
    digests = {}
    for name, size in sizes:
        digests[name] = _base(name, size, weights).digest
        done = {"what": "preparing backbones", "done": len(digests), "total": len(sizes)}
        report("progress", done)
    return digests


def run_trial(task: Task, job: TrialJob, report: Report) -> Outcome:
    """Train and score one trial; its failure is an outcome, a user's mistake is raised."""
    try:
        return _trial(task, job, report)
    except TrialFailure as failure:
        return Outcome(None, str(failure))
    except (DataError, SearchError, SpaceError):
        raise
    except (
        Exception
    ) as error:  # whatever a recipe provokes in Keras costs one trial, not the search
        write_beside(job.folder / "error.txt", traceback.format_exc().encode())
        return Outcome(None, f"{type(error).__name__}: {_short(str(error))}")


def _short(text: str) -> str:
    """Return the beginning and the end of a long message, where Keras and TensorFlow say the most."""
    text = " ".join(text.split())
    return text if len(text) <= 300 else f"{text[:140]} … {text[-150:]}"


def _trial(task: Task, job: TrialJob, report: Report) -> Outcome:
    from .fitting import fit
    from .run_state import RunState

    started = time.perf_counter()
    training = make_training(task, Recipe.from_dict(job.recipe), job.seed, report)
    result = fit(
        training,
        job.train,
        job.validation,
        epochs=job.epochs,
        state=RunState.load(job.resume) if job.resume else None,
        deadline=job.deadline,
        on_epoch=lambda row: report("epoch", {"trial": job.number, **row}),
    )
    state, labels = result.state, task.labels[job.validation]
    score = OBJECTIVES[task.objective].score(labels, result.probabilities)
    if not np.isfinite(score):
        raise TrialFailure(f"the score is {score}")
    write_beside(job.folder / "history.csv", history_csv(state.history))
    save_predictions(
        job.folder / "predictions.npz", task.pool[job.validation], labels, result.probabilities
    )
    state.save(job.folder / "state.npz")
    best = state.history[state.best_epoch - 1]
    return Outcome(
        score=float(score),
        fit={
            "seed": job.seed,
            "fold": 0,
            "repeat": 0,
            "score": float(score),
            "metrics": {"accuracy": best["val_accuracy"], "loss": best["val_loss"]},
            "epochs": state.epoch,
            "best_epoch": state.best_epoch,
            "seconds": time.perf_counter() - started,
        },
        parameters=count_parameters(training),
    )


def make_training(task: Task, recipe: Recipe, seed: int, report: Report):
    """Return a recipe's `Training` on the task's pictures, with features from the cache."""
    from .feature_cache import FeatureCache
    from .features import FeatureSource, Pictures
    from .training import Training

    source = FeatureSource(
        Pictures(task.paths, task.digests),
        FeatureCache(task.cache),
        seed=task.seed,
        progress=lambda what, done, total: report(
            "progress", {"what": what, "done": done, "total": total}
        ),
    )
    base = _base(recipe.backbone, recipe.image_size, task.weights, recipe.architecture)
    return Training(recipe, base, source, task.labels, len(task.classes), seed)


def count_parameters(training) -> dict[str, int]:
    """Return the numbers of weights of the whole classifier and of those its training changes."""
    network = training.network
    head = network.head.count_params()
    trained = sum(int(np.prod(w.shape)) for w in network.whole.trainable_weights)
    return {"total": training.base.network.count_params() + head, "trainable": trained}


def history_csv(rows: list[dict[str, Any]]) -> bytes:
    """Return a fit's epochs as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def save_predictions(
    path: Path, indices: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> None:
    """Write predictions: `indices` and `labels` int64 (n,), `probabilities` float32 (n, C)."""
    file = io.BytesIO()
    np.savez(file, indices=indices, labels=labels, probabilities=probabilities.astype(np.float32))
    write_beside(path, file.getvalue())


@lru_cache(maxsize=4)
def _base(name: str, size: int, weights: str, architecture: tuple = ()):
    from .backbone import build_base

    return build_base(name, size, weights, architecture)
