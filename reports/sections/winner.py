"""The recipe to go on with, and what the test pictures said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..leaderboard import score_interval
from ..provisional import ranking_of
from ..verdict import last_test

if TYPE_CHECKING:
    from ..study import Study


def winner(study: Study) -> dict[str, Any] | None:
    """Give back the recommended trial and its last test; None when nothing was completed."""
    recommended, record = ranking_of(study).recommended, last_test(study)
    if recommended is None:
        return None
    test = record["test"] if record else {}
    return {
        "trial": recommended,
        "record": record,
        "interval": score_interval(study, test.get("score"), test.get("n")),
        "predictions": _missing(study) if record else None,
    }


def _missing(study: Study) -> str | None:
    """Why the predictions of the test pictures cannot be read, None when they can."""
    from ..errors import StudyError

    try:
        study.test_predictions()
    except StudyError as error:
        return str(error)
    return None
