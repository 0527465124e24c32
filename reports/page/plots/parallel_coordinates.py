"""Every trial as a line across its hyperparameters, the good ones strong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...wording.formatting import objective_name
from ...wording.formatting import score as score_words
from ...wording.recipe_words import recipe_words
from .hyperparameter_axis import hyperparameter_axis
from .plot import WHOLE, Plot, score_mark
from .svg import COLOURS

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...ranking.study import Study
    from ...study.trial import Trial

STRONGEST = 3
MOST = 200


def parallel_coordinates(study: Study, trials: Sequence[Trial], names: Sequence[str]) -> Markup:
    """Draw the trials, best first, over one axis per hyperparameter and a last one for the score; as SVG."""
    domains = study.header.space.domains
    score_name = objective_name(study.objective)
    axes = {
        name: hyperparameter_axis([t.recipe.get(name) for t in trials], domains.get(name))
        for name in names
    }
    scores = hyperparameter_axis([t.score for t in trials], {"kind": "float"})
    plot = Plot("parallel", "Every trial as a line over its hyperparameters", size=WHOLE)
    shown = list(trials)[:MOST]
    for rank, trial in reversed(list(enumerate(shown))):
        heights = [axis.share(trial.recipe.get(name)) for name, axis in axes.items()]
        heights.append(_upwards(study, scores.share(trial.score)))
        mark = score_mark(trial.number, trial.score, recipe_words(trial.recipe, names))
        plot.line(range(len(heights)), heights, mark, **_style(rank, len(shown)))
    for place, (name, axis) in enumerate(axes.items()):
        _axis(plot, place, name, [(axis.share(value), label) for value, label in axis.ticks])
    ticks = [(_upwards(study, scores.share(v)), score_words(v)) for v, _ in scores.ticks]
    _axis(plot, len(names), score_name, ticks)
    plot.axes.set_axis_off()
    plot.axes.set_xlim(-0.25, len(names) + 0.35)
    return plot.svg()


def _upwards(study: Study, share: float) -> float:
    """The better score stands above."""
    return share if study.direction == "max" else 1 - share


def _axis(plot: Plot, place: int, name: str, ticks: Sequence[tuple[float, str]]) -> None:
    axes = plot.axes
    text: dict[str, Any] = {"parse_math": False, "zorder": 5}
    axes.plot([place, place], [0, 1], color=COLOURS["muted"], lw=0.8, zorder=4)
    heading = name.replace("_", "_\n", 1) if len(name) > 10 else name
    style: dict[str, Any] = {"fontsize": 9.5, "weight": "bold", "color": COLOURS["ink"]}
    axes.text(place, 1.07, heading, ha="center", va="bottom", **style, **text)
    veil = {"facecolor": COLOURS["card"], "alpha": 0.8, "lw": 0, "pad": 0.8}
    for height, label in ticks:
        words = label.replace("_", "_\n", 1) if len(label) > 9 else label
        style = {"fontsize": 8.5, "linespacing": 1.0, "color": COLOURS["ink"], "bbox": veil}
        axes.text(place + 0.04, height, words, va="center", **style, **text)


def _style(rank: int, count: int) -> dict:
    """The best few in the strong colour; the others paler the worse they are."""
    if rank < STRONGEST:
        return {"color": COLOURS["s2"], "lw": 2.0, "alpha": 0.95, "zorder": 3}
    strongest = min(0.6, 2.4 / count**0.5)
    alpha = strongest * (1 - 0.8 * rank / max(count - 1, 1))
    return {"color": COLOURS["accent"], "lw": 1.1, "alpha": alpha}
