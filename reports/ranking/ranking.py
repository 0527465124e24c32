"""The trials of a study in an order that does not promise more than was measured.

Where validation is small, models are ordered by the loss of their out-of-fold predictions, not by the score: by its
difference to that of one reference, with the difference's noise added. Two are told apart only by a paired
comparison on the same images, and what is expected of the recommended one is corrected for the luck of being chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StudyError
from ..study.files.histories import read_history
from ..study.trial import BASELINE, Trial
from .cost_limits import CostLimits
from .early_stopping import early_stopping_optimism
from .ensembles.pool import MEAN_OF_PROBES, WEIGHTED_MEAN, is_probe, read_pool
from .objectives import OBJECTIVES
from .out_of_fold import OutOfFold, out_of_fold
from .selection import Fitted, Rule, may_still_win, paired, told_apart
from .selection_bias import Expected, expected_score, widened_wilson

if TYPE_CHECKING:
    from .study import Study


# Of models that are the same otherwise, one whose size is not known comes last.
_UNKNOWN_COST = np.finfo(float).max


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
        tied: whether the trial cannot be told apart from the first one.
        difference: the first trial's accuracy minus this one's on the same images; None for other objectives and for
            the first trial itself.
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
    """Standings, the best first.

    `recommended` is the first, unless limits exclude it, or a model with fewer weights has the same loss within
    `TOLERANCE`.

    Attributes:
        standings: one per trial.
        recommended: the trial to take, None where no trial was completed.
        baseline: the first of the plain baselines.
        single: the trial to take when it must not be an ensemble; None where only ensembles keep the limits.
        contenders: the trials that more fits may still show to be the best, the best first.
        estimate: computes `expected`; None where predictions are missing.
    """

    standings: tuple[Standing, ...] = ()
    recommended: Trial | None = None
    baseline: Trial | None = None
    single: Trial | None = None
    contenders: tuple[Trial, ...] = ()
    estimate: Callable[[], Expected] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def expected(self) -> Expected | None:
        """The score to expect of the recommended trial on new images, None where predictions are missing.

        Its bootstrap takes far longer than the ranking, so it runs when this is first read.
        """
        return None if self.estimate is None else self.estimate()

    @property
    def best(self) -> Trial | None:
        """The trial that is ranked first."""
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
        allowed = np.array([limits.allow(trial) for trial in trials])
        if not allowed.any():
            raise StudyError(f"{study.folder}: {limits.refusal(trials)}")
        seen = (~np.isnan(found.losses)).sum(axis=1)
        self.whole = seen >= seen[allowed].max()
        self.rule = Rule(
            found=found,
            eligible=allowed & self.whole,
            cost=np.array([t.parameters.get("total", _UNKNOWN_COST) for t in trials], float),
            reference=self._reference(),
            inflation=study.inflation,
            optimism=self._optimism(),
            fitted=self._fitted(),
        )

    def _optimism(self) -> np.ndarray:
        """Return how much too low each row's loss is; that of an ensemble is its members' mean."""
        if self.study.criterion.endswith("error"):
            return np.zeros(len(self.trials))
        singles = {
            trial.number: early_stopping_optimism(
                trial, read_history(self.study.paths.trial(trial.number).history)
            )
            for trial in self.study.trials
            if trial.scored and any(fit.epochs for fit in trial.fits)
        }
        shares = (
            [(m.trial, m.weight) for m in t.members] or [(t.number, 1.0)] for t in self.trials
        )
        return np.array([sum(w * singles.get(n, 0.0) for n, w in some) for some in shares])

    def _reference(self) -> int:
        """Return the row that the others are compared with: the mean of the probes, or the best probe, or the best."""
        losses = np.nanmean(self.found.losses, axis=1)
        kinds = [
            0 if t.strategy.get("name") == MEAN_OF_PROBES else 1 if is_probe(t) else 2
            for t in self.trials
        ]
        return min(range(len(kinds)), key=lambda r: (not self.whole[r], kinds[r], losses[r]))

    def _fitted(self) -> Fitted | None:
        for row, trial in enumerate(self.trials):
            if trial.strategy.get("name") == WEIGHTED_MEAN:
                numbers = trial.strategy.get("pool", ())
                pool = read_pool(self.study, [t for t in self.study.trials if t.number in numbers])
                return None if pool is None else Fitted(row, pool)
        return None

    def ranking(self) -> Ranking:
        found, trials = self.found, self.trials
        choice = self.rule.choose(np.ones((1, len(found.indices))))
        winner, cautious = int(choice.winner[0]), choice.cautious[:, 0]
        order = sorted(range(len(trials)), key=lambda r: (not self.whole[r], cautious[r], r))
        first = order[0]
        tied = ~told_apart(found, first, self.rule.inflation)
        may_win = may_still_win(found, first, self.rule.inflation)
        baselines = [r for r in order if trials[r].role == BASELINE and self.rule.eligible[r]]
        return Ranking(
            standings=tuple(self._standing(r, n, first, tied[r]) for n, r in enumerate(order, 1)),
            recommended=trials[winner],
            baseline=trials[baselines[0]] if baselines else None,
            single=self._single(),
            # One that has validated only some images may still win.
            contenders=tuple(trials[r] for r in np.argsort(cautious, kind="stable") if may_win[r]),
            estimate=partial(self._expected, winner),
        )

    def _single(self) -> Trial | None:
        alone = self.rule.eligible & np.array([not trial.members for trial in self.trials])
        if not alone.any():
            return None
        once = np.ones((1, len(self.found.indices)))
        return self.trials[int(replace(self.rule, eligible=alone).choose(once).winner[0])]

    def _expected(self, winner: int) -> Expected:
        objective = self.study.objective
        return expected_score(
            self.rule,
            winner,
            None if objective == "accuracy" else OBJECTIVES[objective].score,
            self._probabilities,
            seed=self.seed,
        )

    def _probabilities(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of a row's images and the first probabilities of each."""
        stored = self.study.predictions(self.trials[row].number)
        indices, first = np.unique(stored["indices"], return_index=True)
        return self.found.places(indices), stored["probabilities"][first]

    def _standing(self, row: int, rank: int, first: int, tied: bool) -> Standing:
        found, trial = self.found, self.trials[row]
        losses = found.losses[row]
        seen = int((~np.isnan(losses)).sum())
        by_accuracy = self.study.objective == "accuracy"
        mean, half, _ = paired(found.correct[first], found.correct[row], self.rule.inflation)
        return Standing(
            trial=trial,
            rank=rank,
            score=_score(trial),
            interval=widened_wilson(_score(trial), seen) if by_accuracy else None,
            loss=trial.loss if "error" in self.study.criterion else float(np.nanmean(losses)),
            fits=len(trial.fits),
            tied=bool(tied),
            difference=mean if by_accuracy and row != first else None,
            difference_interval=(mean - half, mean + half)
            if by_accuracy and row != first
            else None,
        )


def _score(trial: Trial) -> float:
    return math.nan if trial.score is None else trial.score


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
