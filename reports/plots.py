"""The report's plots, drawn by matplotlib without a display."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .confusion import Confusion
from .formatting import objective_name
from .leaderboard import score_interval
from .study import Study
from .svg import COLOURS, SETTINGS, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (5.2, 3.7)  # inches of 72 units: about as wide as half a desktop page or a whole phone
SERIES = ("s1", "s2", "s3", "s4", "s5")


def score_plot(study: Study) -> str | None:
    """Every trial's score against its number, the best so far, and the best one's interval; as SVG.

    None when no trial has a score.
    """
    if study.best is None:
        return None
    figure, axes = _figure("trial", f"validation {objective_name(study.objective)}")
    scored = sorted((trial for trial in study.trials if trial.scored), key=lambda t: t.number)
    numbers, scores = [t.number for t in scored], [t.score for t in scored]
    if bounds := score_interval(study, study.best.score):
        axes.axhspan(
            *bounds, color=COLOURS["accent"], alpha=0.1, lw=0, label="95 % interval of best"
        )
    axes.scatter(
        numbers, scores, s=26, color=COLOURS["accent"], alpha=0.75, lw=0, label="completed"
    )
    last = max((trial.number for trial in study.trials), default=1)
    so_far = _best_so_far(study, scores)
    axes.step(
        [*numbers, last],
        so_far + so_far[-1:],
        where="post",
        color=COLOURS["ink"],
        lw=1.2,
        label="best so far",
    )
    failed = [trial.number for trial in study.unranked]
    if failed:
        foot = axes.get_xaxis_transform()
        axes.scatter(
            failed,
            [0.03] * len(failed),
            s=30,
            marker="x",
            color=COLOURS["bad"],
            transform=foot,
            label="failed",
        )
    axes.set_xlim(0.5, last + 0.5)
    _legend(axes, columns=2)
    return inline_svg(figure, "scores", "Score of every trial, in the order they ran")


def curves_plot(study: Study, histories: Sequence[tuple[int, list[dict[str, Any]]]]) -> str | None:
    """Validation accuracy against epochs of several trials, training accuracy dotted; as SVG, None without any.

    `histories` pairs trial numbers with the rows of their `history.csv`.
    """
    drawable = [
        (number, rows) for number, rows in histories if any("val_accuracy" in row for row in rows)
    ]
    if not drawable:
        return None
    figure, axes = _figure("epoch", "accuracy")
    for (number, rows), name in zip(drawable, SERIES, strict=False):
        colour = COLOURS[name]
        axes.plot(*_curve(rows, "accuracy"), color=colour, lw=1, ls=":", alpha=0.9)
        axes.plot(
            *_curve(rows, "val_accuracy"), color=colour, marker=".", ms=4, label=f"trial {number}"
        )
    axes.plot([], [], color=COLOURS["muted"], lw=1, ls=":", label="training")
    _legend(axes, columns=3)
    return inline_svg(figure, "curves", "Learning curves of the best trials")


def confusion_plot(confusion: Confusion) -> str:
    """Shares of the true classes as a picture, for more classes than a table can show; as SVG."""
    import numpy as np

    figure, axes = _figure(
        "named class, by its number", "true class, by its number", size=(4.8, 4.7)
    )
    shares = confusion.shares
    colours = np.zeros((*shares.shape, 4))
    colours[..., :3] = (0.72, 0.28, 0.18)
    colours[np.eye(len(shares), dtype=bool), :3] = (0.17, 0.47, 0.66)
    colours[..., 3] = np.sqrt(shares)
    axes.imshow(colours, interpolation="nearest")
    axes.grid(visible=False)
    return inline_svg(figure, "confusion", "Shares of each true class by the class it was named as")


def _figure(x: str, y: str, size: tuple[float, float] = SIZE) -> tuple[Figure, Axes]:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=size)
        axes = figure.add_subplot()
    axes.set_xlabel(x, parse_math=False)
    axes.set_ylabel(y, parse_math=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    return figure, axes


def _legend(axes: Axes, *, columns: int) -> None:
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.02, 1.0),
            ncols=columns,
            columnspacing=0.9,
            handlelength=1.2,
            fontsize="small",
        )


def _best_so_far(study: Study, scores: Sequence[float]) -> list[float]:
    best: list[float] = []
    for score in scores:
        best.append(score if not best or study.better(score, best[-1]) else best[-1])
    return best


def _curve(rows: Sequence[dict[str, Any]], column: str) -> tuple[list[float], list[float]]:
    """Epochs and values; where the epochs start again, as in the next fold, the line is broken."""
    epochs, values, before = [], [], float("-inf")
    for row in rows:
        if row["epoch"] <= before:
            epochs.append(float("nan"))
            values.append(float("nan"))
        before = row["epoch"]
        epochs.append(before)
        values.append(row.get(column, float("nan")))
    return epochs, values
