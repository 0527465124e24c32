"""The trials of a study in an order that does not promise more than was measured.

Where validation is small, models are ordered by the loss of their out-of-fold predictions, not by the score: by its
difference to that of one reference, with the difference's noise added. Two are told apart only by a paired
comparison on the same images, and what is expected of the recommended one is corrected for the luck of being chosen.
"""

from __future__ import annotations

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
from .objectives import LOG_LOSS, OBJECTIVES
from .out_of_fold import OutOfFold, out_of_fold
from .selection import Fitted, Rule, may_still_win
from .selection_bias import Expected, expected_score
from .standings import Standing, score_of, standings
from .uncertainty.chance import Chance, beat_chance, constant_score
from .uncertainty.scored_rows import ScoredRows

if TYPE_CHECKING:
    from .study import Study


# Of models that are the same otherwise, one whose size is not known comes last.
_UNKNOWN_COST = np.finfo(float).max
# So many of the best trials are compared with chance.
_MOST_TESTED = 30


@dataclass(frozen=True)
class Ranking:
    """Standings, the best first.

    `recommended` is the first, unless limits exclude it, a model with fewer weights has the same loss within
    `TOLERANCE`, or it is no better than chance and another one is.

    Attributes:
        standings: one per trial.
        recommended: the trial to take, None where no trial was completed.
        baseline: the first of the plain baselines.
        at_chance: the numbers of the trials that are not recommended because they are no better than chance.
        single: the trial to take when it must not be an ensemble; None where only ensembles keep the limits.
        contenders: the trials that more fits may still show to be the best, the best first.
        estimate: computes `expected`; None where predictions are missing.
        compare_with_chance: computes `chance`; None where predictions are missing.
    """

    standings: tuple[Standing, ...] = ()
    recommended: Trial | None = None
    baseline: Trial | None = None
    at_chance: frozenset[int] = frozenset()
    single: Trial | None = None
    contenders: tuple[Trial, ...] = ()
    estimate: Callable[[], Expected] | None = field(default=None, repr=False, compare=False)
    compare_with_chance: Callable[[], Chance] | None = field(
        default=None, repr=False, compare=False
    )

    @cached_property
    def expected(self) -> Expected | None:
        """The score to expect of the recommended trial on new images, None where predictions are missing.

        Its bootstrap takes far longer than the ranking, so it runs when this is first read.
        """
        return None if self.estimate is None else self.estimate()

    @cached_property
    def chance(self) -> Chance | None:
        """What chance scores and whether it was beaten, None where predictions are missing; it takes a while."""
        return None if self.compare_with_chance is None else self.compare_with_chance()

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
        self.scored = ScoredRows(
            OBJECTIVES[study.objective], found, study.predictions, study.inflation
        )
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
        self.once = np.ones((1, len(found.indices)))
        cautious = self.rule.choose(self.once).cautious[:, 0]
        self.cautious = cautious
        self.order = sorted(range(len(trials)), key=lambda r: (not self.whole[r], cautious[r], r))

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
        found, trials, order = self.found, self.trials, self.order
        rule = self._rule_of(self.rule.eligible)
        winner = self._winner(rule)
        left_out = self.rule.eligible & ~rule.eligible
        may_win = may_still_win(found, order[0], self.rule.inflation)
        baselines = [r for r in order if trials[r].role == BASELINE and self.rule.eligible[r]]
        return Ranking(
            standings=standings(self.study, trials, order, self.scored),
            recommended=trials[winner],
            baseline=trials[baselines[0]] if baselines else None,
            at_chance=frozenset(trials[r].number for r in np.flatnonzero(left_out)),
            single=self._single(),
            # One that has validated only some images may still win.
            contenders=tuple(
                trials[r] for r in np.argsort(self.cautious, kind="stable") if may_win[r]
            ),
            estimate=partial(self._expected, rule, winner),
            compare_with_chance=self._chance,
        )

    def _winner(self, rule: Rule) -> int:
        return int(rule.choose(self.once).winner[0])

    def _rule_of(self, eligible: np.ndarray) -> Rule:
        """Return the rule for some rows; if it would choose one at chance, for those alone that are better."""
        rule = replace(self.rule, eligible=eligible)
        if self._is_above_chance(self._winner(rule)):
            return rule
        better = eligible & self._beat_chance
        return replace(rule, eligible=better) if better.any() else rule

    def _is_above_chance(self, row: int) -> bool:
        """Whether a row's score is above that of the most frequent class, be it by luck."""
        if self.trials[row].recipe.get("classifier") == "most_frequent":
            return False
        scored, labels = self.scored, self.found.labels
        seen = labels[~np.isnan(self.found.losses[row])]
        chance = constant_score(scored.objective, seen, len(self.study.classes))
        return scored.objective.better(self.trials[row].score, chance)

    @cached_property
    def _beat_chance(self) -> np.ndarray:
        """Which rows are surely better than chance, bool (T,); only the best ones are asked."""
        rows = [row for row in self.order if self.rule.eligible[row]][:_MOST_TESTED]
        beat = beat_chance(
            self.scored.objective,
            self.found.labels,
            [self.scored.predicted(row) for row in rows],
            inflation=self.rule.inflation,
        )
        found = np.zeros(len(self.trials), bool)
        found[rows] = beat
        return found

    def _chance(self) -> Chance:
        labels = self.found.labels
        score = constant_score(self.scored.objective, labels, len(self.study.classes))
        return Chance(score, bool(self._beat_chance.any()))

    def _single(self) -> Trial | None:
        alone = self.rule.eligible & np.array([not trial.members for trial in self.trials])
        if not alone.any():
            return None
        return self.trials[self._winner(self._rule_of(alone))]

    def _expected(self, rule: Rule, winner: int) -> Expected:
        return expected_score(rule, winner, self.scored, seed=self.seed)


def _by_score_alone(study: Study, scored: tuple[Trial, ...], limits: CostLimits | None) -> Ranking:
    """Rank by the log's numbers where predictions are missing: no two trials can then be compared."""
    limits = limits or CostLimits()
    allowed = {t.number: len(t.fits) for t in scored if limits.allow(t)}
    if not allowed:
        raise StudyError(f"{study.folder}: {limits.refusal(scored)}")
    sign = -1 if study.direction == "max" else 1
    most = max(allowed.values())
    # The log has no balanced loss.
    by_loss = study.criterion == LOG_LOSS
    most_frequent = [t for t in scored if t.recipe.get("classifier") == "most_frequent"]
    best = min((sign * score_of(t) for t in scored if t.number in allowed), default=0.0)
    order = sorted(
        scored,
        key=lambda t: (
            t.number not in allowed,
            t in most_frequent and sign * score_of(t) > best,
            len(t.fits) < most,
            *((t.by_loss, sign * score_of(t)) if by_loss else (sign * score_of(t), t.by_loss)),
            t.parameters.get("total", float("inf")),
            t.number,
        ),
    )
    standings = tuple(
        Standing(t, n, score_of(t), None, t.loss, None, len(t.fits), n == 1, None, None)
        for n, t in enumerate(order, 1)
    )
    baselines = [trial for trial in order if trial.role == BASELINE]
    return Ranking(standings, order[0], baselines[0] if baselines else None)
