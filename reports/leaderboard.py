"""The leaderboard: completed trials ranked, each with its interval and its cost; failed ones apart with their cause."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from .intervals import wilson
from .recipe_words import recipe_names, recipe_words
from .study import Study
from .trial import Trial


@dataclass(frozen=True)
class Row:
    """One trial in the leaderboard.

    `rank` counts from 1, None for a trial without a score; `interval` is Wilson's 95 % interval when
    the objective is accuracy; `spread` is the standard deviation of the fits' scores when there are
    several; `epochs` sums over the fits; `seconds` is wall time; `parameters` and `trainable` count
    numbers in the model; `recipe` is in a few words.
    """

    rank: int | None
    trial: int
    status: str
    score: float | None
    interval: tuple[float, float] | None
    spread: float | None
    fits: int
    epochs: int
    seconds: float
    parameters: int | None
    trainable: int | None
    recipe: str
    cause: str | None


def leaderboard(study: Study) -> list[Row]:
    """Give back a row per trial: the ranked ones, best first, then those without a score by their number.

    The order of the log does not matter. Of equal scores the one with fewer parameters comes first, then the earlier.
    """
    names = recipe_names(study.trials)
    ranked = [_row(study, trial, rank, names) for rank, trial in enumerate(study.ranked, start=1)]
    return ranked + [_row(study, trial, None, names) for trial in study.unranked]


def score_interval(
    study: Study, score: float | None, count: Any = None
) -> tuple[float, float] | None:
    """Give back the 95 % interval of an accuracy on `count` pictures, by default those of the validation split.

    None for other objectives, for no score and when the number of pictures is not known.
    """
    if count is None:
        count = (study.header.get("split") or {}).get("validation")
    if study.objective != "accuracy" or score is None or not count or not 0 <= score <= 1:
        return None
    return wilson(score, int(count))


def _row(study: Study, trial: Trial, rank: int | None, names: list[str]) -> Row:
    scores = [fit.score for fit in trial.fits]
    score = trial.score if rank else None
    return Row(
        rank=rank,
        trial=trial.number,
        status=trial.status,
        score=score,
        interval=score_interval(study, score),
        spread=statistics.stdev(scores) if rank and len(scores) > 1 else None,
        fits=len(scores),
        epochs=sum(fit.epochs for fit in trial.fits),
        seconds=trial.seconds,
        parameters=trial.parameters.get("total"),
        trainable=trial.parameters.get("trainable"),
        recipe=recipe_words(trial.recipe, names),
        cause=trial.cause or (None if rank else "its score is not a number"),
    )
