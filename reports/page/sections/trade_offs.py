"""The Pareto fronts of score against latency, size and training time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...analysis.pareto import pareto_front
from ...wording.recipe_words import short
from ..plots.plot import SMALL, Plot, score_mark
from ..plots.score_limits import clip, score_limits
from ..plots.svg import COLOURS

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...ranking.study import Study
    from ...study.trial import Trial

SHOWN = 5
# Name, caption, unit, and where the cost stands.
COSTS: tuple[tuple[str, str, str, Callable[[Trial], Any]], ...] = (
    ("latency", "Latency", "ms an image", lambda trial: trial.milliseconds),
    ("size", "Size", "MB of weights", lambda trial: trial.megabytes),
    ("parameters", "Parameters", "millions", lambda trial: _millions(trial)),
    ("time", "Training time", "seconds a fit", lambda trial: _usual_seconds(trial)),
)


def trade_offs(study: Study) -> dict[str, Any] | None:
    """Return a plot per cost that is known of two trials or more, each with its front; None without any."""
    plots: list[dict[str, Any]] = []
    for name, caption, unit, cost in COSTS:
        standings = [s for s in study.ranking.standings if cost(s.trial) is not None]
        if len({cost(s.trial) for s in standings}) < 2:
            continue
        if name == "parameters" and any(plot["caption"] == "Size" for plot in plots):
            continue
        best = pareto_front(
            [s.score for s in standings], [cost(s.trial) for s in standings], study.direction
        )
        rows = [
            (standings[i], f"{short(float(cost(standings[i].trial)))} {unit}")
            for i in best[-SHOWN:]
        ]
        plots.append(
            {
                "caption": caption,
                "svg": _plot(study, name, unit, standings, cost, best),
                "front": rows,
            }
        )
    return {"plots": plots} if plots else None


def _plot(
    study: Study, name: str, unit: str, standings: list, cost: Any, best: list[int]
) -> Markup:
    plot = Plot(f"front_{name}", f"Score against {unit}, with the Pareto front", size=SMALL)
    plot.label(unit, "")
    costs, scores = [cost(s.trial) for s in standings], [s.score for s in standings]
    bounds = score_limits(scores, study.direction)
    plot.limit_scores(bounds)
    marks = [
        score_mark(s.trial.number, s.score, f"{short(float(value))} {unit}")
        for s, value in zip(standings, costs, strict=True)
    ]
    plot.axes.step(
        [costs[i] for i in best],
        [clip(scores[i], bounds) for i in best],
        where="post",
        color=COLOURS["s2"],
        lw=1.5,
    )
    for on_front, colour in ((False, "accent"), (True, "s2")):
        rows = [i for i in range(len(standings)) if (i in best) == on_front]
        x, y = ([values[i] for i in rows] for values in (costs, scores))
        plot.scores(x, y, [marks[i] for i in rows], bounds, color=COLOURS[colour], s=26, zorder=3)
    if min(costs) > 0 and max(costs) / min(costs) > 20:
        plot.axes.set_xscale("log")
        plot.axes.xaxis.set_major_formatter("{x:g}")
    return plot.svg()


def _usual_seconds(trial: Any) -> float | None:
    """The middle one of the fits: the first may compile networks and compute features for all."""
    times = sorted(fit.seconds for fit in trial.fits)
    return times[len(times) // 2] if times else None


def _millions(trial: Any) -> float | None:
    total = trial.parameters.get("total")
    return None if total is None else total / 1e6
