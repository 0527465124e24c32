"""The trials of a study in an order that does not promise more than was measured.

Where validation is small, recipes are ordered by the loss of their out-of-fold predictions, not by the score; two are
told apart only by a paired comparison on the same images; a plain baseline is recommended unless it is beaten, and a
frozen backbone before a fine-tuned one; and what is expected of it is corrected for the luck of being chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import StudyError
from ..study.trial import BASELINE, Trial
from .cost_limits import CostLimits
from .objectives import OBJECTIVES
from .out_of_fold import OutOfFold, out_of_fold
from .selection import choose, paired
from .selection_bias import Expected, expected_score, widened_wilson

if TYPE_CHECKING:
    from .study import Study


@dataclass(frozen=True)
class Standing:
    """One trial's place in the ranking.

    Attributes:
        trial: the trial.
        rank: counted from 1.
        score: the mean score of its fits.
        interval: the 95 % interval (low, high) of the score; None for objectives other than accuracy.
        loss: the mean log loss on its validation images, in nats.
        fits: the number of fits.
        tied: whether the trial cannot be told apart from the best one.
        difference: the best trial's accuracy minus this one's on the same images; None for other objectives and for
            the best trial itself.
        difference_interval: the 95 % interval (low, high) of the difference.
    """

    trial: Trial
    rank: int
    score: float
    interval: tuple[float, float] | None
    loss: float | None
    fits: int
    tied: bool
    difference: float | None
    difference_interval: tuple[float, float] | None


@dataclass(frozen=True)
class Ranking:
    """Standings, the best first; `recommended` is of the simplest kind that the `best` does not beat.

    Attributes:
        standings: one per trial.
        recommended: the trial to take, None where no trial was completed.
        baseline: the first of the plain baselines.
        estimate: computes `expected`; None where predictions are missing.
    """

    standings: tuple[Standing, ...] = ()
    recommended: Trial | None = None
    baseline: Trial | None = None
    estimate: Callable[[], Expected] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def expected(self) -> Expected | None:
        """The score to expect of the recommended trial on new images, None where predictions are missing.

        Its bootstrap takes far longer than the ranking, so it runs when this is first read.
        """
        return None if self.estimate is None else self.estimate()

    @property
    def best(self) -> Trial | None:
        """The trial with the lowest loss of those that were fitted most often."""
        return self.standings[0].trial if self.standings else None

    @property
    def tied(self) -> tuple[Trial, ...]:
        """The trials that cannot be told apart from the best, the best among them."""
        return tuple(s.trial for s in self.standings if s.tied)


def rank(study: Study, limits: CostLimits | None = None, *, seed: int = 0) -> Ranking:
    """Rank a study's completed trials; with limits, recommend among those that keep them.

    Raises StudyError when no trial keeps the limits.
    """
    scored = study.candidates
    if not scored:
        return Ranking()
    found = out_of_fold(study, scored, study.criterion)
    if (
        study.objective not in OBJECTIVES
        or len(found.numbers) < len(scored)
        or not len(found.indices)
    ):
        return _by_score_alone(study, scored, limits)
    return _Ranker(study, scored, found, limits or CostLimits(), seed).ranking()


class _Ranker:
    def __init__(
        self, study, trials: tuple[Trial, ...], found: OutOfFold, limits: CostLimits, seed
    ):
        self.study, self.trials, self.found, self.seed = study, trials, found, seed
        self.allowed = np.array([limits.allow(trial) for trial in trials])
        if not self.allowed.any():
            raise StudyError(f"{study.folder}: {limits.refusal(trials)}")
        self.inflation = study.inflation
        seen = (~np.isnan(found.losses)).sum(axis=1)
        self.eligible = self.allowed & (seen >= seen[self.allowed].max())
        kinds = np.array([simplicity(trial) for trial in trials])
        self.rule = {
            "eligible": self.eligible,
            "simplicity": kinds,
            "inflation": self.inflation,
        }

    def ranking(self) -> Ranking:
        found, trials = self.found, self.trials
        choice = choose(found, np.ones((1, len(found.indices))), **self.rule)
        best, winner, tied = int(choice.best[0]), int(choice.winner[0]), choice.tied[:, 0]
        behind = choice.behind[:, 0]
        order = sorted(range(len(trials)), key=lambda r: (r != best, behind[r], r))
        baselines = [r for r in order if trials[r].role == BASELINE and self.allowed[r]]
        return Ranking(
            standings=tuple(self._standing(r, n, best, tied[r]) for n, r in enumerate(order, 1)),
            recommended=trials[winner],
            baseline=trials[baselines[0]] if baselines else None,
            estimate=partial(self._expected, winner),
        )

    def _expected(self, winner: int) -> Expected:
        return expected_score(
            self.found,
            winner,
            _scores(self.study, self.trials, self.found),
            share=self.study.objective == "accuracy",
            seed=self.seed,
            **self.rule,
        )

    def _standing(self, row: int, rank: int, best: int, tied: bool) -> Standing:
        found, trial = self.found, self.trials[row]
        losses = found.losses[row]
        seen = int((~np.isnan(losses)).sum())
        by_accuracy = self.study.objective == "accuracy"
        mean, half, _ = paired(found.correct[best], found.correct[row], self.inflation)
        return Standing(
            trial=trial,
            rank=rank,
            score=_score(trial),
            interval=widened_wilson(_score(trial), seen) if by_accuracy else None,
            loss=trial.loss if "error" in self.study.criterion else float(np.nanmean(losses)),
            fits=len(trial.fits),
            tied=bool(tied),
            difference=mean if by_accuracy and row != best else None,
            difference_interval=(mean - half, mean + half) if by_accuracy and row != best else None,
        )


def simplicity(trial: Trial) -> int:
    """Return the kind of a recipe, the simplest first: a layer fitted at once, neighbours, a head, fine-tuned layers.

    Neighbours keep every training image, and few images often take them for the probe. Time an image decides
    nothing here: of two backbones that cannot be told apart the smaller one is often truly worse; limits choose among
    them.
    """
    classifier = trial.recipe.get("classifier", "head")
    if classifier != "head":
        return 1 if classifier == "neighbours" else 0
    return 2 if trial.recipe.get("unfreeze", 0) == 0 else 3


def _score(trial: Trial) -> float:
    return math.nan if trial.score is None else trial.score


def _scores(study: Study, trials: tuple[Trial, ...], found: OutOfFold) -> Any:
    """Return the function that scores a row on a mask of images, by each image's first prediction."""
    if study.objective == "accuracy":
        return lambda row, mask: float(np.nanmean(found.correct[row][mask]))
    read: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def score(row: int, mask: np.ndarray) -> float:
        if row not in read:
            stored = study.predictions(trials[row].number)
            indices, first = np.unique(stored["indices"], return_index=True)
            read[row] = np.searchsorted(found.indices, indices), stored["probabilities"][first]
        places, probabilities = read[row]
        kept = mask[places]
        if len(np.unique(found.labels[places][kept])) < 2:
            return float("nan")
        objective = OBJECTIVES[study.objective]
        return objective.score(found.labels[places][kept], probabilities[kept])

    return score


def _by_score_alone(study: Study, scored: tuple[Trial, ...], limits: CostLimits | None) -> Ranking:
    """Rank by the log's numbers where predictions are missing: no two trials can then be compared."""
    limits = limits or CostLimits()
    allowed = {t.number: len(t.fits) for t in scored if limits.allow(t)}
    if not allowed:
        raise StudyError(f"{study.folder}: {limits.refusal(scored)}")
    sign = -1 if study.direction == "max" else 1
    most = max(allowed.values())
    by_loss = "error" not in study.criterion
    order = sorted(
        scored,
        key=lambda t: (
            t.number not in allowed,
            len(t.fits) < most,
            *((t.by_loss, sign * _score(t)) if by_loss else (sign * _score(t), t.by_loss)),
            t.parameters.get("total", float("inf")),
            t.number,
        ),
    )
    standings = tuple(
        Standing(t, n, _score(t), None, t.loss, len(t.fits), n == 1, None, None)
        for n, t in enumerate(order, 1)
    )
    baselines = [trial for trial in order if trial.role == BASELINE]
    return Ranking(standings, order[0], baselines[0] if baselines else None)
