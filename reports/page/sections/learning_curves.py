"""How the contenders learned: their epochs, over one another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from ...study.files.histories import read_histories
from ..plots.plot import Plot, score_mark
from ..plots.svg import COLOURS, SERIES

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

    from ...ranking.study import Study
    from ...study.trial import Trial

MEASURES = (("loss", "val_loss"), ("accuracy", "val_accuracy"))
SLOT = ["repeat", "fold"]


class _Curves(NamedTuple):
    """The epochs of a trial: a table of each fit, and their mean."""

    trial: Trial
    fits: list[pd.DataFrame]
    usual: pd.DataFrame


def learning_curves(study: Study) -> dict[str, Any] | None:
    """Return the curves of loss and accuracy of at most five contenders; None without any history."""
    contenders = _contenders(study)
    if not contenders:
        return None
    several = any(len(curves.fits) > 1 for curves in contenders)
    return {"plots": [_plot(contenders, *measure) for measure in MEASURES], "several": several}


def _contenders(study: Study) -> list[_Curves]:
    """The best trials that were trained in epochs, those that cannot be told apart from the best first."""
    standings = sorted(study.ranking.standings, key=lambda s: (not s.tied, s.rank))
    found: list[_Curves] = []
    for standing in standings[: 4 * len(SERIES)]:
        trial = standing.trial
        table = read_histories([(trial.number, study.paths.trial(trial.number).history)])
        if table["epoch"].nunique() > 1:
            fits = [fit for _, fit in table.groupby(SLOT)]
            found.append(_Curves(trial, fits, _usual(table, len(fits))))
        if len(found) == len(SERIES):
            break
    return found


def _plot(contenders: list[_Curves], training: str, validation: str) -> Markup:
    plot = Plot(f"curves_{training}", f"Learning curves of the best trials: {training}")
    plot.label("epoch", training, whole_x=True)
    for (trial, fits, usual), name in zip(contenders, SERIES, strict=False):
        mark = score_mark(trial.number, trial.score)
        style = {"color": COLOURS[name]}
        if len(fits) > 1:
            faint = 0.35 if len(fits) <= 5 else 0.2
            epochs, values = _one_after_another(fits, validation)
            plot.line(epochs, values, mark, lw=0.6, alpha=faint, **style)
        plot.line(list(usual.index), list(usual[training]), mark, lw=1, ls=":", **style)
        plot.line(
            list(usual.index),
            list(usual[validation]),
            mark,
            lw=2,
            label=f"trial {trial.number}",
            **style,
        )
    values = [
        value
        for curves in contenders
        for fit in curves.fits
        for value in fit[[training, validation]].to_numpy().flat
    ]
    if training == "loss" and _far_apart([v for v in values if v > 0]):
        plot.axes.set_yscale("log")
        plot.axes.yaxis.set_major_formatter("{x:g}")
    plot.axes.plot([], [], color=COLOURS["muted"], lw=1, ls=":", label="training")
    plot.legend(columns=3)
    return plot.svg()


def _one_after_another(fits: list[pd.DataFrame], measure: str) -> tuple[list[float], list[float]]:
    """The curves of all fits as one line with gaps: a line for each takes longer to draw than all the rest."""
    epochs: list[float] = []
    values: list[float] = []
    for fit in fits:
        epochs += [*fit["epoch"], math.nan]
        values += [*fit[measure], math.nan]
    return epochs, values


def _far_apart(values: list[float]) -> bool:
    """Whether the largest would press the others flat."""
    return bool(values) and max(values) > 12 * sorted(values)[len(values) // 2]


def _usual(table: pd.DataFrame, fits: int) -> pd.DataFrame:
    """The mean of each epoch over the fits, as far as half of them went."""
    epochs = table.groupby("epoch")
    return epochs.mean(numeric_only=True)[epochs.size() >= fits / 2]
