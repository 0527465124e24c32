"""The options of a search: frozen, and checked when they are made."""

from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from ...datasets import STOPS_FROM
from ...reports import OBJECTIVES, Asked, CostLimits, SpaceFacts
from ...search_spaces import BACKBONES, Choice, Space, did_you_mean
from ..backbones.weights import weights_mistakes
from ..errors import SearchError
from ..strategies.strategy import LISTED, check_name, check_strategy


@dataclass(frozen=True)
class DataOptions:
    """What is learned from.

    `source` is a folder, a manifest or a named data set; `per_class` the most images of each class and split,
    `min_per_class` the fewest images of a class that is not left out;
    `folds` and `repeats` say how often a recipe is fitted, None for what suits the number of images; `ignore` are kinds
    of findings of the data check that would stop the search.
    """

    source: str | Path | None
    per_class: int | None
    min_per_class: int | None
    folds: int | None
    repeats: int | None
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoppingOptions:
    """When the search ends.

    `max_trials` is the most trials beside the baselines, `budget` the seconds of everything, None without a limit;
    `epochs` is the most epochs of a trial.
    """

    max_trials: int | None
    budget: float | None
    epochs: int


@dataclass(frozen=True)
class ExecutionOptions:
    """Where the search runs: its folder, its cache, and how many processes."""

    study: Path
    cache: Path
    workers: int
    in_process: bool


@dataclass(frozen=True)
class SearchOptions:
    """The arguments of `search`, in parts and with their defaults.

    `space` is narrowed by the settings; `views_are_set` says that they decide `predict_views`.
    """

    space: Space
    views_are_set: bool
    data: DataOptions
    stopping: StoppingOptions
    execution: ExecutionOptions
    weights: str
    strategy: str
    objective: str
    seed: int
    comparison: bool
    cost_limits: CostLimits
    retrain_winner: bool
    command: str | None

    @property
    def backbones(self) -> list[tuple[str, int]]:
        """Every backbone that may be chosen, with one size to build it at."""
        size = self.space.domain("image_size")
        first = size.values[0] if isinstance(size, Choice) else size.low
        return [
            (name, BACKBONES[name].pixels(first if isinstance(first, str) else int(first)))
            for name in self.space.backbones
        ]

    @property
    def asked(self) -> Asked:
        """What of the options a study keeps, and what must stay when a search goes on."""
        return Asked(
            space=SpaceFacts(**self.space.as_dict()),
            objective=self.objective,
            strategy=self.strategy,
            epochs=self.stopping.epochs,
            seed=self.seed,
            comparison=self.comparison,
            folds=self.data.folds,
            repeats=self.data.repeats,
            left_open=frozenset(() if self.views_are_set else {"predict_views"}),
        )

    def __post_init__(self) -> None:
        """Refuse values that no search takes, all of them at once.

        Raises:
            SearchError: A value is not allowed.
        """
        _refuse_mistakes(
            _number_mistakes(self),
            _objective_mistakes(self.objective),
            _name_mistakes(self.strategy),
            _source_mistakes(self.space, self.data.source),
            _ignore_mistakes(self.data.ignore),
        )

    def check_together(self) -> None:
        """Refuse values that do not fit each other, or what is on this machine.

        Raises:
            SearchError: The strategy or the epochs do not fit the space, or weights are missing.
        """
        check_strategy(self.strategy, self.space)
        _refuse_mistakes(_head_epochs_mistakes(self.space, self.stopping.epochs))
        # Missing weights make a long message, which would hide a mistyped option.
        _refuse_mistakes(_weights_mistakes(self.space, self.weights))


def _ignore_mistakes(ignored: tuple[str, ...]) -> list[str]:
    return [
        f"Unknown finding {kind!r} to ignore; known are {', '.join(STOPS_FROM)}."
        f"{did_you_mean(kind, STOPS_FROM)}"
        for kind in ignored
        if kind not in STOPS_FROM
    ]


def default_trials(space: Space, strategy: str, budget: float | None) -> int | None:
    """Return the number of trials when none is given: the space's, or under a budget as many as fit (None)."""
    if budget is not None:
        return None
    return len(space.listed()) if strategy == LISTED and space.runs else space.trials


def check_objective(objective: str, classes: tuple[str, ...]) -> None:
    """Raise `StudyError` if the objective is not made for that many classes."""
    OBJECTIVES[objective].score(np.arange(len(classes)), np.eye(len(classes)))


def _refuse_mistakes(*groups: list[str]) -> None:
    mistakes = [mistake for group in groups for mistake in group]
    if mistakes:
        raise SearchError(" ".join(mistakes))


def _number_mistakes(options: SearchOptions) -> list[str]:
    trials, budget, epochs = astuple(options.stopping)
    seed, workers = options.seed, options.execution.workers
    whole, above = "a whole number from 1", "more than 0 seconds"
    rows = (
        ("trials", whole, trials, trials is None or _is_whole(trials, 1)),
        ("budget", above, budget, budget is None or _is_above_0(budget)),
        ("epochs", whole, epochs, _is_whole(epochs, 1)),
        ("seed", "a whole number from 0", seed, _is_whole(seed, 0)),
        ("workers", whole, workers, _is_whole(workers, 1)),
    )
    return [
        f"{name} must be {allowed}, but got {value!r}."
        for name, allowed, value, fine in rows
        if not fine
    ]


def _objective_mistakes(objective: str) -> list[str]:
    if objective in OBJECTIVES:
        return []
    near = did_you_mean(objective, OBJECTIVES)
    return [f"Unknown objective {objective!r}; known are {', '.join(OBJECTIVES)}.{near}"]


def _name_mistakes(strategy: str) -> list[str]:
    try:
        check_name(strategy)
    except SearchError as error:
        return [str(error)]
    return []


def _head_epochs_mistakes(space: Space, epochs: int) -> list[str]:
    """A head stage as long as the whole fit would leave nothing unfrozen, in silence."""
    head = space.domain("head_epochs")
    longest = int(max(map(int, head.values)) if isinstance(head, Choice) else head.high)
    always_probe = space.domain("head_start") == Choice("probe")
    if space.domain("unfreeze") == Choice(0) or always_probe or longest < epochs:
        return []
    return [
        f"head_epochs must stay below epochs, or nothing is fine-tuned, but got head_epochs {longest} "
        f"and epochs {epochs}; use --set head_epochs={epochs // 3} or more --epochs."
    ]


def _weights_mistakes(space: Space, weights: str) -> list[str]:
    mistakes = weights_mistakes(list(space.backbones), weights)
    if mistakes and Path(weights).is_dir():
        mistakes.append("Or leave such backbones out with --set backbone=NAME,NAME.")
    return mistakes


def _source_mistakes(space: Space, source: str | Path | None) -> list[str]:
    if source is not None:
        return []
    return [
        f"The space {space.name} has no data set of its own ({space.expects}); give one with --data DIR."
    ]


def _is_whole(value: object, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def _is_above_0(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
