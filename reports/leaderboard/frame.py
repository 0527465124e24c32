"""The leaderboard as a table for other programs: one row per trial, failed ones last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..json_values import encode
from ..ranking.side_by_side import validation_scores
from ..study.frames import recipe_columns, trial_facts

if TYPE_CHECKING:
    import pandas as pd

    from ..ranking.study import Study

# Names and types, the same for every study.
COLUMNS = {
    "rank": "Int64",
    "trial": "Int64",
    "status": "string",
    "role": "string",
    "score": "Float64",
    "low": "Float64",
    "high": "Float64",
    "loss": "Float64",
    "balanced_loss": "Float64",
    "accuracy": "Float64",
    "balanced_accuracy": "Float64",
    "macro_f1": "Float64",
    "tied": "boolean",
    "recommended": "boolean",
    "difference": "Float64",
    "difference_low": "Float64",
    "difference_high": "Float64",
    "continues": "Int64",
    "fits": "Int64",
    "epochs": "Int64",
    "seconds": "Float64",
    "started": "string",
    "total_parameters": "Int64",
    "trainable_parameters": "Int64",
    "milliseconds": "Float64",
    "megabytes": "Float64",
    "cause": "string",
}


def leaderboard_frame(study: Study) -> pd.DataFrame:
    """Return COLUMNS, then the recipe's values; `low` and `high` bound the score's 95 % interval.

    `loss` is the log loss; `balanced_loss` is the one in which every class counts the same, where trials are ordered
    by it. `difference` is the best trial's score minus this one's on the same images, with its interval; `continues` is
    the number of the trial whose training went on; `rank` is missing for trials without a score. A hyperparameter that
    is named like a column gets the prefix `recipe_`; its values are numbers, or text where some are not.
    """
    import pandas as pd

    rows = [_facts(one, study) for one in study.ranking.standings]
    ranked = {row["trial"] for row in rows}
    others = sorted((t for t in study.trials if t.number not in ranked), key=lambda t: t.number)
    rows += [
        {**trial_facts(t), "continues": t.continues, "tied": False, "recommended": False}
        for t in others
    ]
    recipes = {trial.number: recipe_columns(trial, COLUMNS) for trial in study.trials}
    frame = pd.DataFrame([{**row, **recipes[row["trial"]]} for row in rows])
    names = [name for name in frame if name not in COLUMNS]
    for name in names:
        kinds = {type(value) for value in frame[name] if value is not None and value == value}
        if len(kinds) > 1 or kinds & {list, dict}:
            frame[name] = frame[name].map(_text, na_action="ignore")
    return frame.reindex(columns=[*COLUMNS, *names]).convert_dtypes().astype(COLUMNS)


def _facts(standing: Any, study: Study) -> dict[str, Any]:
    low, high = standing.interval or (None, None)
    difference_low, difference_high = standing.difference_interval or (None, None)
    usual = validation_scores(study, standing.trial.number)
    scores = {} if usual is None else {n: usual.scores[n] for n in usual.scores if n in COLUMNS}
    return trial_facts(standing.trial) | {
        "rank": standing.rank,
        "score": standing.score,
        "low": low,
        "high": high,
        "loss": standing.loss,
        "balanced_loss": standing.balanced_loss,
        **scores,
        "continues": standing.trial.continues,
        "tied": standing.tied,
        "recommended": standing.trial == study.ranking.recommended,
        "difference": standing.difference,
        "difference_low": difference_low,
        "difference_high": difference_high,
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode(value).decode()
