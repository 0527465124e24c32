"""Hyperband: successive halving in brackets (Li et al., JMLR 18, 2018), repeated until the trials are used up.

There are as many rungs as fit: with s rungs one round of all brackets takes at most `trials` trials. A failed trial
leaves its rung, so that its place is filled by the next best or a new recipe; a space without new recipes promotes what
it has, and is trained to the end.
"""

import math

from .dimensions import Dimension
from .oracle import Oracle, OracleTrial, Rung, Values

_FACTOR = 3


class HyperbandOracle(Oracle):
    """Promotes the best third of a full rung.

    Args:
        dimensions: What is chosen.
        maximise: Whether higher scores are better.
        trials: The most trials that will be asked for, None without a limit.
        epochs: The most epochs of a trial.
    """

    def __init__(
        self,
        dimensions: tuple[Dimension, ...],
        *,
        maximise: bool,
        trials: int | None,
        epochs: int,
    ):
        super().__init__(dimensions, maximise=maximise)
        self._epochs = epochs
        self._rungs = _rungs(trials, epochs)
        self._start_bracket(self._rungs - 1)

    def propose(self, known: Values | None) -> OracleTrial | None:
        """Promote the best of a full rung, else start a new recipe, else finish what was left behind."""
        while True:
            trial = self._promote() or self._start()
            if trial is not None:
                return trial
            if _any_runs(*self._levels):
                return None
            if self._exhausted():
                return self._finish_best()
            self._start_bracket((self._bracket or self._rungs) - 1)

    def finish(self, trial: OracleTrial, score: float | None) -> None:
        """Record the score; a failed trial leaves its rung."""
        super().finish(trial, score)
        if trial.loss is None:
            for level in self._levels:
                level[:] = [one for one in level if one is not trial]

    def may_continue(self) -> set[OracleTrial]:
        """Return the trials of the current bracket that may yet be promoted."""
        return {trial for level in self._levels[:-1] for trial in level}

    def _start_bracket(self, bracket: int) -> None:
        self._bracket = bracket
        self._levels: list[list[OracleTrial]] = [[] for _ in range(bracket + 1)]

    def _start(self) -> OracleTrial | None:
        if len(self._levels[0]) >= self._size(0):
            return None
        rung = self._rung(0)
        values = self.draw(rung.epochs)
        if values is None:
            return None
        trial = OracleTrial(values, rung)
        self._levels[0].append(trial)
        return trial

    def _promote(self) -> OracleTrial | None:
        for level in range(1, len(self._levels)):
            below, here = self._levels[level - 1], self._levels[level]
            if _any_runs(below) or len(here) >= self._size(level):
                continue
            if len(below) < self._size(level - 1) and not self._exhausted():
                continue
            best = self._best_not_promoted(below, self._epochs_at(level))
            if best is not None:
                trial = OracleTrial(dict(best.values), self._rung(level, best))
                here.append(trial)
                return trial
        return None

    def _finish_best(self) -> OracleTrial | None:
        """Train the best recipe that was dropped on a lower rung to the end, once nothing new is left."""
        short = [t for t in self.trials if t.rung is not None and t.rung.epochs < self._epochs]
        best = self._best_not_promoted(short, self._epochs)
        if best is None:
            return None
        return OracleTrial(dict(best.values), Rung(0, 0, self._epochs, best))

    def _best_not_promoted(self, trials: list[OracleTrial], epochs: int) -> OracleTrial | None:
        """Return the best trial that none goes on with, of those that may be afforded for so many epochs."""
        promoted = {trial.rung.parent for trial in self.trials if trial.rung is not None}
        scored = [
            (t.loss, t)
            for t in trials
            if t.loss is not None and t not in promoted and self.affords(t.values, epochs)
        ]
        return min(scored, key=lambda pair: pair[0], default=(None, None))[1]

    def _exhausted(self) -> bool:
        """Whether no new recipe can be drawn; the random state is left as it was."""
        seed = self._next_seed
        values = self.draw_one()
        self._next_seed = seed
        return values is None

    def _rung(self, level: int, parent: OracleTrial | None = None) -> Rung:
        return Rung(self._bracket, level, self._epochs_at(level), parent)

    def _epochs_at(self, level: int) -> int:
        return math.ceil(self._epochs / _FACTOR ** (self._bracket - level))

    def _size(self, level: int) -> int:
        return _rung_size(self._rungs, self._bracket, level)


def _any_runs(*levels: list[OracleTrial]) -> bool:
    """Whether a trial of these levels is still running, so that its score may yet decide."""
    return any(not trial.ended for level in levels for trial in level)


def _rungs(trials: int | None, epochs: int) -> int:
    """Return the most rungs, within log3(epochs), for which one round of all brackets takes at most `trials`."""
    most = 1 + int(math.log(epochs, _FACTOR) + 1e-9)
    fitting = [s for s in range(1, most + 1) if trials is None or _round_cost(s) <= trials]
    return max(fitting, default=1)


def _round_cost(rungs: int) -> int:
    return sum(
        _rung_size(rungs, bracket, level)
        for bracket in range(rungs)
        for level in range(bracket + 1)
    )


def _rung_size(rungs: int, bracket: int, level: int) -> int:
    return math.ceil(rungs / (bracket + 1) * _FACTOR ** (bracket - level))
