"""Keras Tuner's oracles, kept in memory and changed where they would lose or repeat trials.

Random and grid propose as they do in Keras Tuner. Bayesian starts with few random points and never proposes a
recipe twice. But for grid, none proposes what costs too much while something cheaper is new. Hyperband's rungs fit the
number of trials, a failed trial's place is filled again, and a space that runs out of new recipes is trained to the
end.
"""

import math
import warnings
from collections.abc import Callable

import keras_tuner
import numpy as np
from keras_tuner.engine import trial as trial_module
from threadpoolctl import threadpool_limits

_FACTOR = 3
# How many random recipes are drawn to find one that may be afforded.
_DRAWS = 50
Excess = Callable[[dict], float]
TrialStatus = trial_module.TrialStatus


class _InMemory(keras_tuner.Oracle):
    """An oracle that writes no files, prints nothing, and is reseeded before every question."""

    _known: dict | None = None
    _excess: Excess | None = None

    def reseed(self, seed: int) -> None:
        self._seed_state = seed

    def ask(self, known: dict | None, who: str, excess: Excess | None = None):
        """Return a trial that runs, waits for others, or is stopped; `known` are values to take as proposed.

        `who` is different for every trial that runs at the same time. `excess` says how much values cost too much.
        """
        self._known, self._excess = known, excess
        return self.create_trial(who)

    def finish(self, trial, score: float | None) -> None:
        trial.status = TrialStatus.FAILED if score is None else TrialStatus.COMPLETED
        if score is not None:
            self.update_trial(trial.trial_id, {self.objective.name: score})
        self.end_trial(trial)

    def may_continue(self) -> set[str]:
        return set()

    def populate_space(self, trial_id):
        if self._known is not None and self._can_take_known:
            return {"status": TrialStatus.RUNNING, "values": dict(self._known)}
        return super().populate_space(trial_id)

    def _may_afford(self, values: dict) -> bool:
        return self._excess is None or self._excess(values) == 0

    def _random_values(self, **position):
        """Return random new values that may be afforded, else the cheapest that were drawn; None if none are new.

        `position` is where a trial with these values would stand.
        """
        if self._excess is None:
            return super()._random_values()
        cheapest, least = None, math.inf
        for _ in range(_DRAWS):
            values = super()._random_values()
            if values is None:
                break
            excess = self._excess({**values, **position})
            if excess == 0:
                return values
            if excess < least:
                cheapest, least = values, excess
        return cheapest

    _can_take_known = False

    def save(self, *_):
        """Keep nothing on disk: the study's log is the truth."""

    def _save_trial(self, trial):
        """Keep nothing on disk: the study's log is the truth."""

    def _check_consecutive_failures(self):
        """Failures never stop a search by themselves."""


class RandomOracle(_InMemory, keras_tuner.oracles.RandomSearchOracle):
    """Random values, never the same twice."""

    _can_take_known = True


class GridOracle(_InMemory, keras_tuner.oracles.GridSearchOracle):
    """Every combination of listed values, in order."""


class BayesianOracle(_InMemory, keras_tuner.oracles.BayesianOptimizationOracle):
    """A Gaussian process over past scores; a recipe that was tried already is replaced by a random new one."""

    _can_take_known = True

    def reseed(self, seed: int) -> None:
        """Seed the restarts of the search for the optimum too."""
        super().reseed(seed)
        self._random_state = np.random.RandomState(seed)

    def populate_space(self, trial_id):
        """Maximise the upper confidence bound, or draw a random new recipe if that one was tried."""
        # Its matrices are tiny: more threads double the work, and make it many times slower on a busy machine.
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")  # the fit of the kernel warns at its bounds
            answer = super().populate_space(trial_id)
        if self._known is not None or not answer["values"]:
            return answer
        if self._duplicate(answer["values"]) or not self._may_afford(answer["values"]):
            return self._random_populate_space()
        return answer


class HyperbandOracle(_InMemory, keras_tuner.oracles.HyperbandOracle):
    """Successive halving in brackets (Li et al., JMLR 18, 2018), repeated until the trials are used up.

    There are as many rungs as fit: with s rungs one round of all brackets takes at most `trials` trials.
    A failed trial leaves its rung, so that its place is filled by the next best or a new recipe; a space
    without new recipes promotes what it has.
    """

    def __init__(self, *, trials: int | None, max_epochs: int, **options):
        self._rungs = _rungs(trials, max_epochs)
        super().__init__(
            max_epochs=max_epochs, factor=_FACTOR, hyperband_iterations=10**9, **options
        )

    def populate_space(self, trial_id):
        """Promote the best of a full rung, else start a new recipe, else finish what was left behind."""
        while True:
            bracket = self._brackets[-1]
            answer = self._promote(trial_id, bracket) or self._start(trial_id, bracket)
            if answer is None and self._runs(bracket["rounds"]):
                return {"status": TrialStatus.IDLE, "values": None}
            if answer is None and self._exhausted():
                answer = self._finish_best(trial_id)
                return answer or {"status": TrialStatus.STOPPED, "values": None}
            if answer is not None:
                return answer
            self._increment_bracket_num()
            self._start_new_bracket()

    def finish(self, trial, score: float | None) -> None:
        """Record the score; a failed trial leaves its rung."""
        super().finish(trial, score)
        if score is None:
            for rung in self._brackets[-1]["rounds"]:
                rung[:] = [info for info in rung if info["id"] != trial.trial_id]

    def may_continue(self) -> set[str]:
        """Return the trials of the current bracket that may yet be promoted."""
        rounds = self._brackets[-1]["rounds"]
        return {info["id"] for rung in rounds[:-1] for info in rung}

    def _start(self, trial_id, bracket):
        rung, number = bracket["rounds"][0], bracket["bracket_num"]
        if len(rung) >= self._get_size(number, 0):
            return None
        values = self._random_values(**{"tuner/epochs": self._get_epochs(number, 0)})
        if values is None:
            return None
        rung.append({"past_id": None, "id": trial_id})
        return self._running(values, number, 0, None)

    def _promote(self, trial_id, bracket):
        number, rounds = bracket["bracket_num"], bracket["rounds"]
        for level in range(1, len(rounds)):
            below, rung = rounds[level - 1], rounds[level]
            if self._runs([below]):
                continue
            below_is_full = len(below) >= self._get_size(number, level - 1)
            if not (below_is_full or self._exhausted()) or len(rung) >= self._get_size(
                number, level
            ):
                continue
            best = self._best_not_promoted(
                [self.trials[info["id"]] for info in below], self._get_epochs(number, level)
            )
            if best is not None:
                rung.append({"past_id": best.trial_id, "id": trial_id})
                return self._continued(best, number, level)
        return None

    def _runs(self, rounds) -> bool:
        """Whether a trial of these rungs is still running, so that its score may yet decide."""
        return any(
            self.trials[info["id"]].status == TrialStatus.RUNNING
            for rung in rounds
            for info in rung
        )

    def _finish_best(self, trial_id):
        """Train the best recipe that was dropped on a lower rung to the end, once nothing new is left."""
        short = [
            trial
            for trial in self.trials.values()
            if trial.status == TrialStatus.COMPLETED
            and trial.hyperparameters.values["tuner/epochs"] < self.max_epochs
        ]
        best = self._best_not_promoted(short, self.max_epochs)
        return None if best is None else self._continued(best, 0, 0)

    def _best_not_promoted(self, trials, epochs: int):
        """Return the best trial that none goes on with, of those that may be afforded for so many epochs."""
        tried = {t.hyperparameters.values.get("tuner/trial_id") for t in self.trials.values()}
        candidates = [
            t
            for t in trials
            if t.trial_id not in tried
            and t.status == TrialStatus.COMPLETED
            and self._may_afford({**t.hyperparameters.values, "tuner/epochs": epochs})
        ]
        sign = -1 if self.objective.direction == "max" else 1
        return min(candidates, key=lambda t: sign * t.score, default=None)

    def _continued(self, best, bracket: int, level: int):
        values = {k: v for k, v in best.hyperparameters.values.items() if "/" not in k}
        return self._running(values, bracket, level, best.trial_id)

    def _exhausted(self) -> bool:
        """Whether no new recipe can be drawn; the random state is left as it was."""
        state = self._seed_state
        values = self._random_values()
        self._seed_state = state
        return values is None

    def _running(self, values, bracket: int, level: int, parent: str | None):
        position = {
            "tuner/epochs": self._get_epochs(bracket, level),
            "tuner/bracket": bracket,
            "tuner/round": level,
        }
        if parent is not None:
            position["tuner/trial_id"] = parent
        return {"status": TrialStatus.RUNNING, "values": {**values, **position}}

    def _get_num_brackets(self) -> int:
        return self._rungs

    def _get_size(self, bracket_num: int, round_num: int) -> int:
        return _rung_size(self._rungs, bracket_num, round_num)


def make_oracle(
    name: str,
    declare: Callable[[keras_tuner.HyperParameters], None],
    *,
    direction: str,
    trials: int | None,
    epochs: int,
):
    """Return an oracle by the strategy's name, over the hyperparameters that `declare` declares."""
    hp = keras_tuner.HyperParameters()
    declare(hp)
    shared = {
        "objective": keras_tuner.Objective("score", direction),
        "hyperparameters": hp,
        "seed": 1,
        "max_retries_per_trial": 0,
    }
    if name == "hyperband":
        oracle = HyperbandOracle(trials=trials, max_epochs=epochs, **shared)
    elif name == "bayesian":
        initial = max(4, min(2 * len(hp.space), (trials or 100) // 3))
        oracle = BayesianOracle(num_initial_points=initial, max_trials=None, **shared)
    elif name == "grid":
        oracle = GridOracle(max_trials=None, **shared)
    else:
        oracle = RandomOracle(max_trials=None, **shared)
    oracle.verbose = 0
    oracle._max_collisions = 500  # 20 give up on a small space before it is used up
    return oracle


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
