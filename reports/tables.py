"""The leaderboard as files for other programs: CSV and JSON."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, fields
from typing import Any

from .json_values import encode
from .leaderboard import Row, leaderboard
from .study import Study
from .trial import Trial
from .verdict import verdict

COLUMNS = (
    "rank",
    "trial",
    "status",
    "score",
    "low",
    "high",
    "spread",
    "fits",
    "epochs",
    "seconds",
    "parameters",
    "trainable",
    "cause",
)


def leaderboard_csv(study: Study) -> bytes:
    """One line per trial: COLUMNS, then the recipe's values; `low` and `high` bound the 95 % interval.

    A hyperparameter that is named like a column gets the prefix `recipe_`.
    """
    trials = {trial.number: trial for trial in study.trials}
    rows = [{**_cells(row), **_recipe(trials[row.trial])} for row in leaderboard(study)]
    names = dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)])
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(names), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def leaderboard_json(study: Study) -> bytes:
    """The verdict, the ranked and the failed trials with their whole recipes, and what was retrained."""
    trials = {trial.number: trial for trial in study.trials}
    rows = [
        {**asdict(row), "recipe": trials[row.trial].recipe, "words": row.recipe}
        for row in leaderboard(study)
    ]
    facts = {
        "objective": study.header["objective"],
        "verdict": verdict(study),
        "ranked": [row for row in rows if row["rank"]],
        "failed": [row for row in rows if not row["rank"]],
        "retrains": study.retrains,
        "notices": study.notices,
    }
    return encode(facts, indent=1) + b"\n"


def _cells(row: Row) -> dict[str, Any]:
    low, high = row.interval or (None, None)
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    values |= {"low": low, "high": high}
    return {name: values[name] for name in COLUMNS}


def _recipe(trial: Trial) -> dict[str, Any]:
    return {
        f"recipe_{name}" if name in COLUMNS else name: _cell(value)
        for name, value in trial.recipe.items()
    }


def _cell(value: Any) -> Any:
    return encode(value).decode() if isinstance(value, list | dict) else value
