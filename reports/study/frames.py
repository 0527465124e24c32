"""Pandas frames of what a study recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import StudyError
from .files.histories import read_histories
from .files.predictions import read_predictions
from .paths import StudyPaths
from .trial import Trial

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

TRIAL_COLUMNS = (
    "trial",
    "status",
    "role",
    "score",
    "fits",
    "epochs",
    "seconds",
    "started",
    "total_parameters",
    "trainable_parameters",
    "milliseconds",
    "megabytes",
    "cause",
)
PREDICTION_COLUMNS = ("trial", "repeat", "fold", "image", "label", "predicted", "correct")
FIT_COLUMNS = ("trial", "seed", "fold", "repeat", "score", "epochs", "best_epoch", "seconds")


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
        trial.role,
        trial.score,
        len(trial.fits),
        sum(fit.epochs for fit in trial.fits),
        trial.seconds,
        trial.started,
        trial.parameters.get("total"),
        trial.parameters.get("trainable"),
        trial.milliseconds,
        trial.megabytes,
        _whole(trial.cause),
    )
    return dict(zip(TRIAL_COLUMNS, values, strict=True))


def recipe_columns(trial: Trial, taken: Collection[str] = TRIAL_COLUMNS) -> dict[str, Any]:
    """The recipe's values by the names of their columns; one whose name is `taken` gets the prefix `recipe_`."""
    return {
        _whole(f"recipe_{name}" if name in taken else name): _whole(value)
        for name, value in trial.recipe.items()
    }


def _whole(value: Any) -> Any:
    """Text without half characters, as odd file names have them, which a frame cannot hold."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode()
    return value


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


def epochs_frame(trials: Iterable[Trial], paths: StudyPaths) -> pd.DataFrame:
    """One row per epoch of the trials that have a history."""
    return read_histories((trial.number, paths.trial(trial.number).history) for trial in trials)


def predictions_frame(
    trials: Iterable[Trial], paths: StudyPaths, classes: Sequence[str]
) -> pd.DataFrame:
    """One row per prediction of the trials that have predictions.

    Each class has a column `p_CLASS` with its probability; trials whose file is missing or damaged have no rows.
    """
    import numpy as np
    import pandas as pd

    found: list[dict[str, np.ndarray]] = []
    for trial in trials:
        try:
            arrays = read_predictions(paths.trial(trial.number).predictions)
        except StudyError:
            continue
        found.append({**arrays, "trials": np.full(len(arrays["labels"]), trial.number)})
    widths = {arrays["probabilities"].shape[1] for arrays in found} or {len(classes)}
    tables = []
    for width in sorted(widths):
        alike = [arrays for arrays in found if arrays["probabilities"].shape[1] == width]
        joined = {name: np.concatenate([a[name] for a in alike]) for name in (alike or [{}])[0]}
        tables.append(_predictions(joined, class_names(classes, width)))
    return pd.concat(tables, ignore_index=True)


def _predictions(arrays: dict[str, np.ndarray], names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    columns = [f"p_{name}" for name in names]
    if not arrays:
        return pd.DataFrame(columns=[*PREDICTION_COLUMNS, *columns])
    labels, probabilities = arrays["labels"], arrays["probabilities"]
    predicted = probabilities.argmax(axis=1)
    facts = {
        "trial": arrays["trials"],
        "repeat": arrays["repeats"],
        "fold": arrays["folds"],
        "image": arrays["indices"],
        "label": pd.Categorical.from_codes(labels, pd.Index(names)),
        "predicted": pd.Categorical.from_codes(predicted, pd.Index(names)),
        "correct": predicted == labels,
    }
    return pd.DataFrame({**facts, **dict(zip(columns, probabilities.T, strict=True))})


def class_names(classes: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the names of `count` classes: the study's own, or numbers where it names another number of them."""
    if len(classes) == count and len(set(classes)) == count:
        return tuple(classes)
    return tuple(f"class {number}" for number in range(count))


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows)
    return frame.reindex(columns=[*columns, *(name for name in frame if name not in columns)])
