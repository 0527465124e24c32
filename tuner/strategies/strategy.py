"""What to try next: search algorithms, which propose values and receive scores.

An oracle lives in memory, draws its random numbers from the study's seed and the number of the proposal, and is
rebuilt after a restart by replaying the log, so the log alone is the truth.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...search_spaces import HYPERPARAMETERS, Choice, Space, did_you_mean, required
from ..errors import SearchError
from ..seeds import derive_seed
from .dimensions import dimensions_of
from .grid import GridOracle
from .hyperband import HyperbandOracle
from .listed import ListedRuns
from .oracle import Oracle, OracleTrial, Values
from .random_search import RandomOracle

STRATEGIES = ("bayesian", "grid", "hyperband", "random")
LISTED = "listed"


@dataclass(frozen=True)
class Proposal:
    """What a strategy wants next.

    `values` are the hyperparameters that it chose; train to epoch `epochs`, going on from trial `continues`
    if it names one. `record` is kept with the trial, for replaying.
    """

    values: dict[str, Any]
    epochs: int
    continues: int | None = None
    record: dict[str, Any] = field(default_factory=dict)


class Strategy:
    """One oracle over one space.

    Args:
        name: one of `STRATEGIES`, or `LISTED` for the space's own runs.
        space: what may be chosen.
        direction: `"max"` or `"min"`.
        trials: the most trials that will be asked for, None without a limit.
        epochs: the most epochs of a trial.
        cost: returns what values cost that are trained for some epochs; needed where trials have an allowance.
        seed: any whole number; the same seed and scores give the same proposals.

    Raises:
        SearchError: an unknown strategy, a grid over a range, or a list where there is none.
    """

    def __init__(
        self,
        name: str,
        space: Space,
        *,
        direction: str,
        trials: int | None,
        epochs: int,
        seed: int,
        cost: Callable[[dict[str, Any], int], float] | None = None,
    ):
        check_strategy(name, space)
        self.name, self._space, self._epochs, self._seed = name, space, epochs, seed
        self._cost = cost
        self._oracle = _make_oracle(
            name, space, maximise=direction == "max", trials=trials, epochs=epochs
        )
        self._asked = self._results = 0
        self._numbers: dict[OracleTrial, int] = {}
        self._running: dict[int, OracleTrial] = {}

    def propose(self, number: int, allowance: int | None = None) -> Proposal | None:
        """Return what trial `number` should try.

        None means that nothing is left, or that a running trial has to end first. A trial that costs more than the
        `allowance` is proposed only where nothing cheaper is found.
        """
        return self._propose(number, None, allowance)

    def tell(self, number: int, score: float | None) -> None:
        """Take the score of trial `number`; None means that it failed."""
        self._oracle.finish(self._running.pop(number), score)
        self._results += 1

    def replay(
        self,
        asked: Iterable[tuple[int, dict[str, Any]]],
        ended: Iterable[tuple[int, float | None]],
    ) -> None:
        """Take past proposals (number, record) and results (number, score), each in their order.

        Raises:
            SearchError: the log's proposals are not this strategy's.
        """
        results = iter(ended)
        for number, record in asked:
            while self._results < record.get("results", 0):
                self.tell(*next(results))
            proposal = self._propose(number, record.get("values"), record.get("allowance"))
            if proposal is None or proposal.record != record:
                raise SearchError(
                    f"Trial {number} in the log was not proposed by this search; "
                    "start a new study with --study DIR."
                )
        for result in results:
            self.tell(*result)

    def may_continue(self) -> set[int]:
        """Return the numbers of trials whose training may still go on, and whose state is therefore needed."""
        return {self._numbers[trial] for trial in self._oracle.may_continue()}

    def _propose(
        self, number: int, known: dict[str, Any] | None, allowance: int | None
    ) -> Proposal | None:
        self._oracle.reseed(derive_seed(self._seed, "proposal", self._asked))
        excess = None if allowance is None else partial(self._excess, allowance)
        trial = self._oracle.ask(known, excess)
        if trial is None:
            return None
        self._asked += 1
        self._running[number] = trial
        self._numbers[trial] = number
        return self._as_proposal(trial, allowance)

    def _excess(self, allowance: int, values: Values, epochs: int | None) -> float:
        """Return how much values cost beyond the allowance, 0 if nothing; all epochs are meant by None."""
        cost = required(self._cost)(_read(values), self._epochs if epochs is None else epochs)
        return max(0.0, cost - allowance)

    def _as_proposal(self, trial: OracleTrial, allowance: int | None) -> Proposal:
        values = _read(trial.values)
        record = {"name": self.name, "values": values, "results": self._results}
        if allowance is not None:
            record["allowance"] = allowance
        rung = trial.rung
        if rung is None:
            return Proposal(values, self._epochs, None, record)
        continues = None if rung.parent is None else self._numbers[rung.parent]
        record |= {"bracket": rung.bracket, "rung": rung.level}
        record |= {"continues": continues, "epochs": rung.epochs}
        return Proposal(values, rung.epochs, continues, record)


def _read(values: Values) -> Values:
    """Return values in the types of their hyperparameters."""
    return {name: HYPERPARAMETERS[name].read(value) for name, value in values.items()}


def _make_oracle(
    name: str, space: Space, *, maximise: bool, trials: int | None, epochs: int
) -> Oracle:
    if name == LISTED:
        return ListedRuns(space.listed())
    dimensions = dimensions_of(space)
    if name == "hyperband":
        return HyperbandOracle(dimensions, maximise=maximise, trials=trials, epochs=epochs)
    if name == "bayesian":
        from .bayesian import BayesianOracle  # scikit-learn takes a second

        return BayesianOracle(dimensions, maximise=maximise, trials=trials)
    kind = GridOracle if name == "grid" else RandomOracle
    return kind(dimensions, maximise=maximise)


def check_name(name: str) -> None:
    """Raise `SearchError` for an unknown strategy."""
    known = (*STRATEGIES, LISTED)
    if name not in known:
        raise SearchError(
            f"Unknown strategy {name!r}; known are {', '.join(known)}.{did_you_mean(name, known)}"
        )


def check_strategy(name: str, space: Space) -> None:
    """Raise `SearchError` for an unknown strategy, a grid over a range, or a list where there is none."""
    check_name(name)
    if name == LISTED and not space.runs:
        raise SearchError(
            f"The space {space.name} lists no runs (`tune spaces NAME` shows those of a space); "
            "use another --strategy, or add runs to your own space."
        )
    ranges = [n for n, d in space.searched().items() if not isinstance(d, Choice)]
    if name == "grid" and ranges:
        example = f"--set {ranges[0]}=VALUE,VALUE"
        raise SearchError(
            f"A grid needs listed values, but {', '.join(ranges)} "
            f"{'is a range' if len(ranges) == 1 else 'are ranges'}; list values with {example}."
        )
