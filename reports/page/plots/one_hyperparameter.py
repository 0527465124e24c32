"""The scores of the trials over the values of one hyperparameter."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...wording.recipe_words import short
from .hyperparameter_axis import HyperparameterAxis, hyperparameter_axis
from .plot import SMALL, Plot, score_mark
from .svg import COLOURS

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...ranking.study import Study
    from ...study.trial import Trial


def one_hyperparameter(study: Study, trials: Sequence[Trial], name: str) -> Markup:
    """Draw a point per trial, and the mean of each value where the values stand in steps; as SVG."""
    domains = study.header.space.domains
    values = [trial.recipe.get(name) for trial in trials]
    axis = hyperparameter_axis(values, domains.get(name))
    plot = Plot(f"over_{_plain(name)}", f"Scores over the values of {name}", size=SMALL)
    plot.label("", "")
    shift = random.Random(name)
    places = [
        axis.place(value) + (shift.uniform(-0.16, 0.16) if axis.kind == "steps" else 0)
        for value in values
    ]
    scores = [trial.score for trial in trials if trial.score is not None]
    marks = [
        score_mark(trial.number, trial.score, f"{name} {short(value)}")
        for trial, value in zip(trials, values, strict=True)
    ]
    if axis.kind == "steps":
        _means(plot, axis, values, scores)
    plot.points(places, scores, marks, s=22, alpha=0.7)
    plot.axes.set_xticks(
        [axis.place(value) for value, _ in axis.ticks],
        [label.replace("_", "_\n", 1) if len(label) > 9 else label for _, label in axis.ticks],
        parse_math=False,
    )
    return plot.svg()


def _means(
    plot: Plot, axis: HyperparameterAxis, values: Sequence[object], scores: Sequence[float]
) -> None:
    for value, _ in axis.ticks:
        alike = [s for one, s in zip(values, scores, strict=True) if repr(one) == repr(value)]
        mean, place = sum(alike) / len(alike), axis.place(value)
        plot.axes.plot(
            [place - 0.3, place + 0.3], [mean, mean], color=COLOURS["s2"], lw=2, zorder=3
        )
    plot.axes.set_xlim(axis.place(axis.ticks[0][0]) - 0.6, axis.place(axis.values[-1]) + 0.6)


def _plain(name: str) -> str:
    """A name that is safe as a part of an id, different for different names."""
    return "".join(letter if letter.isalnum() else f"-{ord(letter):x}" for letter in name)
