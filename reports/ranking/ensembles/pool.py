"""The trials that an ensemble is made of, with their out-of-fold predictions of the same images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import StudyError
from ...study.facts import StudyFacts
from ...study.trial import BASELINE, Member, Trial
from .cost import EnsembleCost, ensemble_cost
from .mixture import mixture_weights

# More models beside the probes gain nothing, and each is a pass of its own when it has a backbone of its own.
MOST = 20
MEAN_OF_PROBES, WEIGHTED_MEAN = "mean of probes", "weighted mean"
"""How the members' weights come about; the name of an ensemble's strategy in the log."""


@dataclass(frozen=True)
class Pool:
    """T trials with predictions of the same M images.

    Attributes:
        trials: the trials, in the order of their predictions.
        indices: int64 (M,), the images' indices in the study, sorted.
        labels: int64 (M,), the true classes.
        slots: int16 (2, M), the repeat and the fold that each image was predicted in.
        probabilities: float32 (T, M, C), each from a fit without the image.
    """

    trials: tuple[Trial, ...]
    indices: np.ndarray
    labels: np.ndarray
    slots: np.ndarray
    probabilities: np.ndarray

    @property
    def probes(self) -> np.ndarray:
        """Which trials are logistic probes, bool (T,)."""
        return np.array([is_probe(trial) for trial in self.trials])

    def weights(self, counts: np.ndarray | None = None) -> np.ndarray:
        """Return the members' weights, float64 (B, T).

        Args:
            counts: float64 (B, M), how often each image counts; once when None, which gives one row.
        """
        images = np.arange(len(self.labels))
        chosen = self.probabilities[:, images, self.labels]
        counts = np.ones((1, len(images))) if counts is None else counts
        return mixture_weights(chosen, counts, self.probes)

    def mean(self, weights: np.ndarray) -> np.ndarray:
        """Return the weighted means of the probabilities, float32 (B, M, C), of weights (B, T)."""
        return np.tensordot(weights.astype(np.float32), self.probabilities, 1)

    def members(self, weights: np.ndarray) -> tuple[Member, ...]:
        """Return the trials with a weight above 0, of weights (T,), by their numbers."""
        chosen = [
            Member(t.number, float(w)) for t, w in zip(self.trials, weights, strict=True) if w
        ]
        return tuple(sorted(chosen, key=lambda member: member.trial))


def is_probe(trial: Trial) -> bool:
    """Whether a trial is one of the logistic probes that every search begins with."""
    return trial.role == BASELINE and trial.recipe.get("classifier") == "logistic"


def choose_pool(
    study: StudyFacts, candidates: Iterable[Trial], allow: Callable[[EnsembleCost], bool]
) -> Pool | None:
    """Return the trials that may be combined: probes, then others by their loss; None where there are fewer than two.

    Args:
        study: the study that holds the predictions.
        candidates: the trials to choose from; ensembles, guesses of the most frequent class, and trials that did not
            validate all images are left out.
        allow: whether an ensemble of this cost may be made; trials that would make it dearer are left out.
    """
    joining = [trial for trial in candidates if _may_join(trial)]
    # What validated every image once, or of hold-outs as many as any trial.
    most = max((len(trial.fits) for trial in joining), default=0)
    enough = min(study.header.policy.folds, most)
    chosen: list[Trial] = []
    others = 0
    for trial in sorted(joining, key=lambda t: (not is_probe(t), t.by_loss, t.number)):
        alike = not chosen or trial.recipe.get("resize") == chosen[0].recipe.get("resize")
        if not alike or len(trial.fits) < enough or others >= MOST:
            continue
        if allow(ensemble_cost([*chosen, trial])):
            chosen.append(trial)
            others += not is_probe(trial)
    return read_pool(study, chosen)


def _may_join(trial: Trial) -> bool:
    return not trial.members and trial.recipe.get("classifier") != "most_frequent"


def read_pool(study: StudyFacts, trials: Sequence[Trial]) -> Pool | None:
    """Read the predictions of the first fits that all trials have; None where fewer than two can be read.

    Of a cross-validation they are those of the first repeat, so that every image is there once.
    """
    folds = study.header.policy.folds
    common = min((len(trial.fits) for trial in trials), default=0)
    slots = [(0, fold) for fold in range(min(folds, common))]
    read: dict[int, dict[str, np.ndarray]] = {}
    for trial in trials:
        arrays = _of_slots(study, trial, slots)
        if arrays is not None:
            read[trial.number] = arrays
    if not read:
        return None
    first = next(iter(read.values()))
    alike = {n: a for n, a in read.items() if np.array_equal(a["indices"], first["indices"])}
    if len(alike) < 2:
        return None
    return Pool(
        trials=tuple(trial for trial in trials if trial.number in alike),
        indices=first["indices"],
        labels=first["labels"],
        slots=np.stack([first["repeats"], first["folds"]]),
        probabilities=np.stack([arrays["probabilities"] for arrays in alike.values()]),
    )


def _of_slots(
    study: StudyFacts, trial: Trial, slots: list[tuple[int, int]]
) -> dict[str, np.ndarray] | None:
    """Return a trial's predictions of some slots, each image once, by the images' indices; None if there are none."""
    try:
        arrays = study.predictions(trial.number)
    except StudyError:
        return None
    pairs = list(zip(arrays["repeats"].tolist(), arrays["folds"].tolist(), strict=True))
    wanted = set(slots)
    kept = np.flatnonzero([pair in wanted for pair in pairs])
    indices, places = np.unique(arrays["indices"][kept], return_index=True)
    if not len(indices):
        return None
    return {name: array[kept[places]] for name, array in arrays.items()}
