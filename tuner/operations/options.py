"""Checks the options of a search before anything is read or written."""

from pathlib import Path

import numpy as np

from ...reports import OBJECTIVES
from ...search_spaces import BACKBONES, Choice, Space, did_you_mean
from ..backbones.weights import weights_mistakes
from ..environment import check_environment
from ..errors import SearchError
from ..strategies.strategy import LISTED, check_strategy


def check_options(
    space: Space,
    strategy: str,
    objective: str,
    trials: int | None,
    budget: float | None,
    epochs: int | None,
    seed: int,
    weights: str,
    workers: int = 1,
) -> int | None:
    """Refuse what is wrong, all of it at once, and return the most trials to run."""
    check_environment()
    mistakes = [
        f"{name} must be {allowed}, but got {value!r}."
        for name, allowed, value, fine in (
            ("trials", "a whole number from 1", trials, trials is None or _whole(trials, 1)),
            ("budget", "more than 0 seconds", budget, budget is None or _above_0(budget)),
            ("epochs", "a whole number from 1", epochs, epochs is None or _whole(epochs, 1)),
            ("seed", "a whole number from 0", seed, _whole(seed, 0)),
            ("workers", "a whole number from 1", workers, _whole(workers, 1)),
        )
        if not fine
    ]
    if objective not in OBJECTIVES:
        near = did_you_mean(objective, OBJECTIVES)
        mistakes.append(
            f"Unknown objective {objective!r}; known are {', '.join(OBJECTIVES)}.{near}"
        )
    try:
        check_strategy(strategy, space)
    except SearchError as error:
        mistakes.append(str(error))
    if not mistakes:
        mistakes += _head_epochs_mistakes(space, epochs or space.epochs)
    # Missing weights make a long message, in which a mistyped option would drown.
    if not mistakes:
        mistakes = weights_mistakes(list(space.domain("backbone").values), weights)
        if mistakes and Path(weights).is_dir():
            mistakes.append("Or leave such backbones out with --set backbone=NAME,NAME.")
    if mistakes:
        raise SearchError(" ".join(mistakes))
    if trials is not None or budget is not None:
        return trials
    return len(space.listed()) if strategy == LISTED else space.trials


def _whole(value: object, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def _above_0(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _head_epochs_mistakes(space: Space, epochs: int) -> list[str]:
    """A head stage as long as the whole fit would leave nothing unfrozen, in silence."""
    unfreeze, head = space.domain("unfreeze"), space.domain("head_epochs")
    longest = head.values[-1] if isinstance(head, Choice) else head.high
    longest = max(head.values) if isinstance(head, Choice) else longest
    always_probe = space.domain("head_start") == Choice("probe")
    if unfreeze == Choice(0) or always_probe or longest < epochs:
        return []
    return [
        f"head_epochs must stay below epochs, or nothing is fine-tuned, but got head_epochs {longest} "
        f"and epochs {epochs}; use --set head_epochs={epochs // 3} or more --epochs."
    ]


def data_of(space: Space, data: str | Path | None) -> str | Path:
    """Return what to learn from: what was named, or the space's own data set."""
    if data is None and space.data is None:
        raise SearchError(
            f"The space {space.name} has no data set of its own ({space.expects}); give one with --data DIR."
        )
    return space.data if data is None else data


def check_objective(objective: str, classes: tuple[str, ...]) -> None:
    """Raise `StudyError` if the objective is not made for that many classes."""
    OBJECTIVES[objective].score(np.arange(len(classes)), np.eye(len(classes)))


def backbones_to_build(space: Space) -> list[tuple[str, int]]:
    """Return every backbone that may be chosen, with one size to build it at."""
    size = space.domain("image_size")
    first = size.values[0] if isinstance(size, Choice) else size.low
    return [
        (name, BACKBONES[name].image_size if first == "native" else first)
        for name in space.domain("backbone").values
    ]
