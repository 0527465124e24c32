"""Pandas frames of what a study recorded."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .trial import Trial

if TYPE_CHECKING:
    import pandas as pd

TRIAL_COLUMNS = (
    "trial",
    "status",
    "score",
    "fits",
    "epochs",
    "seconds",
    "started",
    "total_parameters",
    "trainable_parameters",
    "cause",
)
FIT_COLUMNS = ("trial", "seed", "fold", "repeat", "score", "epochs", "best_epoch", "seconds")
HISTORY_COLUMNS = (
    "epoch",
    "stage",
    "learning_rate",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "seconds",
)


def trials_frame(trials: Iterable[Trial]) -> pd.DataFrame:
    """One row per trial; a hyperparameter that is named like another column gets the prefix `recipe_`."""
    return _frame(
        [{**trial_facts(trial), **recipe_columns(trial)} for trial in trials], TRIAL_COLUMNS
    )


def trial_facts(trial: Trial) -> dict[str, Any]:
    """What is known of a trial beside its recipe, by the names of TRIAL_COLUMNS."""
    values = (
        trial.number,
        trial.status,
        trial.score,
        len(trial.fits),
        sum(fit.epochs for fit in trial.fits),
        trial.seconds,
        trial.started,
        trial.parameters.get("total"),
        trial.parameters.get("trainable"),
        trial.cause,
    )
    return dict(zip(TRIAL_COLUMNS, values, strict=True))


def recipe_columns(trial: Trial) -> dict[str, Any]:
    """The recipe's values by the names of their columns."""
    return {
        f"recipe_{name}" if name in TRIAL_COLUMNS else name: value
        for name, value in trial.recipe.items()
    }


def fits_frame(trials: Iterable[Trial]) -> pd.DataFrame:
    """One row per fit; a metric that is named like another column gets the prefix `validation_`."""
    rows = []
    for trial in trials:
        for fit in trial.fits:
            row = {"trial": trial.number, **{name: getattr(fit, name) for name in FIT_COLUMNS[1:]}}
            metrics = {
                f"validation_{name}" if name in FIT_COLUMNS else name: value
                for name, value in fit.metrics.items()
            }
            rows.append({**row, **metrics})
    return _frame(rows, FIT_COLUMNS)


def epochs_frame(trials: Iterable[Trial], folder: Path) -> pd.DataFrame:
    """One row per epoch of the trials that have a history under `folder`."""
    rows = []
    for trial in trials:
        rows += [{"trial": trial.number, **row} for row in read_history(folder / trial.folder)]
    return _frame(rows, ("trial", *HISTORY_COLUMNS))


def read_history(folder: Path) -> list[dict[str, Any]]:
    """The rows of a trial's `history.csv`, numbers as floats and `epoch` as int; none when it is not there.

    A row that was cut off or does not read as numbers is left out.
    """
    try:
        text = (folder / "history.csv").read_text("utf-8", errors="replace")
    except OSError:
        return []
    rows = []
    for raw in csv.DictReader(text.replace("\0", "").splitlines()):
        if None in raw or None in raw.values():
            continue
        try:
            rows.append({name: _value(name, text) for name, text in raw.items()})
        except ValueError:
            continue
    return rows


def _value(name: str, text: str) -> Any:
    if name == "stage":
        return text
    if name == "epoch":
        return int(text)
    return float(text) if text else float("nan")


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows)
    return frame.reindex(columns=[*columns, *(name for name in frame if name not in columns)])
