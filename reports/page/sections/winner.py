"""The recommended trial and its test score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import StudyError
from ...ranking.final_score import final_score
from ...ranking.side_by_side import USUAL_SCORES, side_by_side
from ...wording.formatting import objective_name

if TYPE_CHECKING:
    from ...ranking.study import Study


def winner(study: Study) -> dict[str, Any] | None:
    """Return the recommended trial and its last test; None when nothing was completed."""
    if study.recommended is None:
        return None
    test = final_score(study)
    return {
        "trial": study.recommended,
        "test": test,
        "scores": side_by_side(study),
        "names": [(name, objective_name(name).capitalize()) for name in USUAL_SCORES],
        "predictions_error": _missing(study) if test else None,
    }


def _missing(study: Study) -> str | None:
    """Why the predictions of the test images cannot be read, None when they can."""
    try:
        study.test_predictions()
    except StudyError as error:
        return str(error)
    return None
