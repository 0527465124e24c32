"""A study read back from its folder: on any machine, without Keras, and without writing a byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import StudyError
from ..ranking.cost_limits import CostLimits
from ..ranking.objectives import LOG_LOSS, better
from . import frames, images
from .predictions import read_predictions
from .trial import Trial

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..ranking.ranking import Ranking


@dataclass(frozen=True, repr=False)
class Study:
    """One search: its header, its trials in the order of their numbers, and what was retrained.

    `begun` are trials without an end, as their "start" records tell them, and `deaths` the causes for which processes
    died with a trial, by its number; `order` are the numbers of the trials in the order in which they ended. `notices`
    says in plain sentences what was damaged and left out while reading.
    """

    folder: Path
    header: dict[str, Any]
    trials: tuple[Trial, ...] = ()
    retrains: tuple[dict[str, Any], ...] = ()
    notices: tuple[str, ...] = ()
    begun: tuple[dict[str, Any], ...] = ()
    deaths: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    order: tuple[int, ...] = ()
    limits: CostLimits = field(default_factory=CostLimits)

    def __repr__(self) -> str:
        best = (
            "none yet" if self.best is None else f"{self.best.score:.4f} (trial {self.best.number})"
        )
        return f"<Study {self.folder}: {len(self.trials)} trials, best {self.objective} {best}>"

    @property
    def objective(self) -> str:
        """The name of what was improved, such as accuracy."""
        return self.header["objective"]["name"]

    @property
    def direction(self) -> str:
        """Either "max" or "min"."""
        return self.header["objective"]["direction"]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the labels."""
        return tuple(str(name) for name in (self.header.get("data") or {}).get("classes") or ())

    @property
    def criterion(self) -> str:
        """What recipes are chosen by: log_loss or error, each also as balanced_."""
        return (self.header.get("policy") or {}).get("criterion", LOG_LOSS)

    @property
    def by_loss(self) -> bool:
        """Whether trials are in the order of their loss, although the objective is another."""
        return self.criterion.endswith(LOG_LOSS) and self.objective != LOG_LOSS

    @property
    def inflation(self) -> float:
        """The factor on the variance of a mean difference: fits share most of their training images.

        It is that of the corrected resampled t-test (Nadeau and Bengio, Machine Learning 52, 2003): one plus the
        images validated for each one trained on.
        """
        policy, split = self.header.get("policy") or {}, self.header.get("split") or {}
        everything = split.get("train", 0) + split.get("validation", 0)
        folds = policy.get("folds") or 1
        if folds == 1 or not everything:
            return 1 + split.get("validation", 0) / max(1, split.get("train", 0))
        most = max((len(trial.fits) for trial in self.candidates), default=1)
        return 1 + min(most, folds) / (folds - 1)

    @cached_property
    def candidates(self) -> tuple[Trial, ...]:
        """Completed trials by number; one whose training a later trial went on with is left out."""
        continued = {t.strategy.get("continues") for t in self.trials if t.scored}
        return tuple(t for t in self.trials if t.scored and t.number not in continued)

    @cached_property
    def ranking(self) -> Ranking:
        """The candidates in order, with what can be told apart and what is recommended."""
        from ..ranking.ranking import rank  # brings SciPy

        return rank(self, self.limits)

    def within(self, limits: CostLimits) -> Study:
        """Give back the same study, in which only trials that keep `limits` are recommended.

        Its `ranking` raises StudyError when no trial does.
        """
        return replace(self, limits=limits)

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The candidates, best first."""
        return tuple(standing.trial for standing in self.ranking.standings)

    @property
    def unranked(self) -> tuple[Trial, ...]:
        """Failed trials, and completed ones without a finite score, by their numbers."""
        return tuple(sorted((t for t in self.trials if not t.scored), key=lambda t: t.number))

    @property
    def best(self) -> Trial | None:
        """The recommended trial, None when none was completed."""
        return self.ranking.recommended

    def trial(self, number: int) -> Trial:
        """Give back the trial of that number; raises StudyError when there is none."""
        for trial in self.trials:
            if trial.number == number:
                return trial
        have = f"1 to {self.trials[-1].number}" if self.trials else "none yet"
        raise StudyError(f"{self.folder} has no trial {number}: there are {have}")

    def trials_frame(self) -> pd.DataFrame:
        """One row per trial: number, status, role, score, fits, epochs, costs, cause, and its recipe."""
        return frames.trials_frame(self.trials)

    def fits_frame(self) -> pd.DataFrame:
        """One row per fit: trial, seed, fold, repeat, score, metrics, epochs, best_epoch, seconds."""
        return frames.fits_frame(self.trials)

    def epochs_frame(self) -> pd.DataFrame:
        """One row per epoch: trial, repeat, fold, and the columns of `history.csv`; trials without it have no rows."""
        return frames.epochs_frame(self.trials, self.folder / "trials")

    def predictions_frame(self, *numbers: int) -> pd.DataFrame:
        """One row per validation prediction of the trials of these numbers, of all trials when none is named.

        Columns: trial, repeat, fold, image (its index in `images.csv`), label, named, right, and `p_CLASS` for the
        probability of each class. Trials without predictions have no rows. Raises StudyError when there is no such
        trial.
        """
        trials = [self.trial(number) for number in numbers] or self.trials
        return frames.predictions_frame(trials, self.folder / "trials", self.classes)

    def images_frame(self) -> pd.DataFrame:
        """One row per image, in the order of its index: path, label, split and digest.

        Raises StudyError when `images.csv` is missing or damaged.
        """
        return images.images_frame(self.folder / "images.csv", self.classes)

    def predictions(self, number: int) -> dict[str, np.ndarray]:
        """Validation predictions of a trial, out of fold, in the order of its fits.

        indices (N,) into `images.csv`, labels (N,) int64, probabilities (N, C) float32, repeats (N,) and folds (N,)
        int16.

        Raises StudyError when there is no such trial or its predictions are missing or damaged.
        """
        return read_predictions(
            self.folder / "trials" / self.trial(number).folder / "predictions.npz"
        )

    def test_predictions(self) -> dict[str, np.ndarray]:
        """Predictions of the retrained model on the test split, in the same arrays.

        Raises StudyError when they are missing or damaged.
        """
        return read_predictions(self.folder / "best" / "predictions.npz")

    def better(self, a: float | None, b: float | None) -> bool:
        """Whether score `a` is strictly better than `b`; None is worse than any number."""
        return better(a, b, self.direction)
