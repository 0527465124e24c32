"""What to try next: Keras Tuner's search algorithms, asked for values and told scores.

Only the algorithms are used. Their files, loop and display are not: an oracle lives in memory, draws its
random numbers from the study's seed and the number of the proposal, and is rebuilt after a restart by
replaying the log, so the log alone is the truth.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...search_spaces import HYPERPARAMETERS, Choice, Domain, Float, Int, Space, did_you_mean
from ..errors import SearchError
from ..keras_setup import quietly
from ..seeds import derive_seed
from .listed import ListedRuns

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
    ):
        check_strategy(name, space)
        with quietly():
            from . import oracles

        self.name, self._space, self._epochs, self._seed = name, space, epochs, seed
        self._status = oracles.TrialStatus
        if name == LISTED:
            self._oracle = ListedRuns(space)
        else:
            self._oracle = oracles.make(
                name,
                lambda hp: declare(space, hp),
                direction=direction,
                trials=trials,
                epochs=epochs,
            )
        self._asked = self._told = 0
        self._numbers: dict[str, int] = {}
        self._running: dict[int, Any] = {}

    def propose(self, number: int) -> Proposal | None:
        """Return what trial `number` should try; None when nothing is left, or not before a running one has ended."""
        return self._propose(number, None)

    def tell(self, number: int, score: float | None) -> None:
        """Tell how trial `number` ended; None is a failure."""
        self._oracle.finish(self._running.pop(number), score)
        self._told += 1

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
            while self._told < record.get("told", 0):
                self.tell(*next(results))
            proposal = self._propose(number, record.get("values"))
            if proposal is None or proposal.record != record:
                raise SearchError(
                    f"Trial {number} in the log was not proposed by this search; "
                    "start a new study with --study DIR."
                )
        for result in results:
            self.tell(*result)

    def may_continue(self) -> set[int]:
        """Return the numbers of trials whose training may still go on, and whose state is therefore needed."""
        return {self._numbers[trial_id] for trial_id in self._oracle.may_continue()}

    def _propose(self, number: int, known: dict[str, Any] | None) -> Proposal | None:
        self._oracle.reseed(derive_seed(self._seed, "proposal", self._asked))
        encoded = (
            None if known is None else {k: _encode(self._space, k, v) for k, v in known.items()}
        )
        trial = self._oracle.ask(encoded, f"asked-{self._asked}")
        if trial.status != self._status.RUNNING:
            return None
        self._asked += 1
        self._running[number] = trial
        self._numbers[trial.trial_id] = number
        return self._as_proposal(dict(trial.hyperparameters.values))

    def _as_proposal(self, encoded: dict[str, Any]) -> Proposal:
        ladder = {k.removeprefix("tuner/"): encoded.pop(k) for k in list(encoded) if "/" in k}
        values = {name: HYPERPARAMETERS[name].read(value) for name, value in encoded.items()}
        parent = ladder.get("trial_id")
        continues = None if parent is None else self._numbers[parent]
        record = {"name": self.name, "values": values, "told": self._told}
        if ladder:
            record |= {"bracket": ladder["bracket"], "rung": ladder["round"]}
            record |= {"continues": continues, "epochs": ladder["epochs"]}
        return Proposal(values, ladder.get("epochs", self._epochs), continues, record)


def check_strategy(name: str, space: Space) -> None:
    """Raise `SearchError` for an unknown strategy, a grid over a range, or a list where there is none."""
    known = (*STRATEGIES, LISTED)
    if name not in known:
        raise SearchError(
            f"Unknown strategy {name!r}; known are {', '.join(known)}.{did_you_mean(name, known)}"
        )
    if name == LISTED and not space.runs:
        raise SearchError(
            f"The space {space.name} lists no runs (`tune spaces NAME` shows those of a space); "
            "use another --strategy, or give a space of your own its runs."
        )
    ranges = [n for n, d in space.searched().items() if not isinstance(d, Choice)]
    if name == "grid" and ranges:
        example = f"--set {ranges[0]}=VALUE,VALUE"
        raise SearchError(
            f"A grid needs listed values, but {', '.join(ranges)} "
            f"{'is a range' if len(ranges) == 1 else 'are ranges'}; list values with {example}."
        )


def declare(space: Space, hp) -> None:
    """Declare a space on Keras Tuner's `HyperParameters`: what is fixed is left out, conditions are scopes."""
    fixed, searched = space.fixed(), space.searched()
    declared: dict[str, list[tuple[str, list]]] = {}
    for name, domain in searched.items():
        if any(fixed.get(parent) == value for parent, value in HYPERPARAMETERS[name].excluded_by):
            continue
        scopes = _scopes(name, searched, declared)
        if all(allowed for _, allowed in scopes):
            declared[name] = scopes
            _declare(hp, name, domain, scopes)


def _scopes(name: str, searched: dict[str, Domain], declared: dict) -> list[tuple[str, list]]:
    """Return each parent with the codes beside which a hyperparameter means something.

    A parent that is absent where this one is not would hide more than the condition says, so it is left out.
    """
    meaningless: dict[str, set] = {}
    for parent, value in HYPERPARAMETERS[name].excluded_by:
        if parent in declared and value in searched[parent]:
            meaningless.setdefault(parent, set()).add(value)
    scopes: list[tuple[str, list]] = []
    for parent, values in meaningless.items():
        if all(scope in scopes for scope in declared[parent]):
            domain = searched[parent]
            allowed = [_code(domain, v) for v in _listed(domain) if v not in values]
            scopes.append((parent, allowed))
    return scopes


def _declare(hp, name: str, domain: Domain, scopes: list[tuple[str, list]]) -> None:
    from keras_tuner.src.engine import conditions

    # Keras Tuner's own scopes nest only where each parent stands below exactly the scopes around it.
    hp._conditions.extend(conditions.Parent(*scope) for scope in scopes)
    if isinstance(domain, Choice):
        codes = [_code(domain, value) for value in domain.values]
        hp.Choice(name, codes, ordered=domain.ordered)
    else:
        kind = hp.Float if isinstance(domain, Float) else hp.Int
        kind(name, domain.low, domain.high, sampling="log" if domain.log else "linear")
    del hp._conditions[:]


def _listed(domain: Choice | Int) -> Iterable[Any]:
    return domain.values if isinstance(domain, Choice) else range(domain.low, domain.high + 1)


def _code(domain: Domain, value: Any) -> Any:
    """Return a choice's value as Keras Tuner takes it: numbers as they are, all else as text."""
    if not isinstance(domain, Choice):
        return value
    return value if domain.ordered and not isinstance(value, str) else str(value)


def _encode(space: Space, name: str, value: Any) -> Any:
    return _code(space.domain(name), value)
