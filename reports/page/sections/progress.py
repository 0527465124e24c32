"""The scores of the trials against their number and against the time spent."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ...study.trial import BASELINE, ENSEMBLE, SEARCH
from ...wording.formatting import duration, objective_name
from ..plots.plot import Plot, score_mark
from ..plots.score_limits import score_limits
from ..plots.svg import COLOURS

if TYPE_CHECKING:
    from ...ranking.study import Study
    from ...study.trial import Trial

# Roles with the colour and the marker of their trials.
MARKS = ((SEARCH, "accent", "o"), (BASELINE, "s2", "D"), (ENSEMBLE, "ink", "*"))


def progress(study: Study) -> dict[str, Any] | None:
    """Return both plots; None when no trial has a score."""
    if not any(trial.scored for trial in study.trials):
        return None
    trials = sorted(study.trials, key=lambda trial: trial.number)
    minutes = [seconds / 60 for seconds in accumulate(trial.seconds for trial in trials)]
    by_number = _plot(study, trials, [trial.number for trial in trials], "trial", "scores")
    unit, size = ("minutes", 1) if minutes[-1] < 120 else ("hours", 60)
    spent = [value / size for value in minutes]
    by_time = _plot(study, trials, spent, f"{unit} spent in trials", "scores_in_time")
    return {"plots": (by_number, by_time)}


def _plot(study: Study, trials: list[Trial], places: list[float], x: str, name: str):
    plot = Plot(name, f"Score of every trial against {x}, with the best so far")
    axes = plot.axes
    plot.label(x, f"validation {objective_name(study.objective)}", whole_x=x == "trial")
    ranking = study.ranking
    best = ranking.standings[0]
    if best.interval:
        axes.axhspan(
            *best.interval, color=COLOURS["accent"], alpha=0.1, lw=0, label="95 % interval of best"
        )
    if ranking.baseline is not None and ranking.baseline.score is not None:
        axes.axhline(
            ranking.baseline.score, color=COLOURS["s2"], lw=1.2, ls=(0, (4, 3)), label="baseline"
        )
    scored = [(place, t) for place, t in zip(places, trials, strict=True) if t.scored]
    known = [(place, t.score) for place, t in scored if t.score is not None]
    _best_so_far(study, plot, known, places[-1])
    bounds = score_limits([value for _, value in known], study.direction)
    plot.limit_scores(bounds, *(best.interval or ()))
    for role, colour, marker in MARKS:
        shown = [(place, t) for place, t in scored if t.role == role]
        plot.scores(
            [place for place, _ in shown],
            [t.score for _, t in shown if t.score is not None],
            [score_mark(t.number, t.score, duration(t.seconds)) for _, t in shown],
            bounds,
            color=COLOURS[colour],
            marker=marker,
            s=30 if role == SEARCH else 36,
            zorder=3,
        )
    failed = [(place, t) for place, t in zip(places, trials, strict=True) if not t.scored]
    if failed:
        marks = [score_mark(t.number, None, "failed") for _, t in failed]
        crosses = axes.scatter(
            [place for place, _ in failed],
            [0.03] * len(failed),
            s=30,
            marker="x",
            color=COLOURS["bad"],
            transform=axes.get_xaxis_transform(),
            label="failed",
        )
        plot.mark(crosses, marks)
    axes.set_xlim(left=0)
    plot.legend(columns=4)
    return plot.svg()


def _best_so_far(study: Study, plot: Plot, scored: list[tuple[float, float]], end: float) -> None:
    best: list[float] = []
    for _, value in scored:
        best.append(value if not best or study.better(value, best[-1]) else best[-1])
    plot.axes.step(
        [*(place for place, _ in scored), end],
        [*best, best[-1]],
        where="post",
        color=COLOURS["ink"],
        lw=1.2,
        label="best so far",
    )
