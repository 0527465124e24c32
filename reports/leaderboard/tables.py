"""The leaderboard as files for other programs: CSV, JSON and Parquet."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..json_values import encode
from ..ranking.side_by_side import side_by_side
from ..wording.verdict import remarks, verdict
from .frame import leaderboard_frame

if TYPE_CHECKING:
    from ..ranking.study import Study


def leaderboard_csv(study: Study) -> bytes:
    """One line per trial, with the columns of `leaderboard_frame`."""
    return leaderboard_frame(study).to_csv(index=False, lineterminator="\n").encode()


def leaderboard_parquet(study: Study) -> bytes:
    """The same rows and columns, with their types."""
    written = io.BytesIO()
    leaderboard_frame(study).to_parquet(written, index=False)
    return written.getvalue()


def leaderboard_json(study: Study) -> bytes:
    """The verdict, the trials by rank with their whole recipes, the failed ones, and what was retrained.

    `scores` has the usual scores of the recommended trial in validation, and of the retrained model on the test images.
    """
    ranking, trials = study.ranking, {trial.number: trial for trial in study.trials}
    frame = leaderboard_frame(study)
    facts = frame.iloc[:, : list(frame).index("cause") + 1]
    rows = [
        {name: None if _missing(value) else value for name, value in row.items()}
        | {"recipe": trials[row["trial"]].recipe}
        for row in facts.to_dict("records")
    ]
    return (
        encode(
            {
                "objective": asdict(study.header.objective),
                "verdict": [*verdict(study), *remarks(study)],
                "expected": None if ranking.expected is None else vars(ranking.expected),
                "recommended": study.recommended and study.recommended.number,
                "scores": [asdict(one) for one in side_by_side(study)],
                "ranked": [row for row in rows if row["rank"]],
                "failed": [row for row in rows if not row["rank"]],
                "retrains": [asdict(retrain) for retrain in study.retrains],
                "notices": study.notices,
            },
            indent=1,
        )
        + b"\n"
    )


def _missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_scalar(value) and pd.isna(value))
