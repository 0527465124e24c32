"""Every ranked trial with its score, its interval, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...study.trial import BASELINE
from ...wording.formatting import loss_name
from ...wording.recipe_words import recipe_names, trial_words
from ..plots.score_limits import score_limits

if TYPE_CHECKING:
    from ...ranking.study import Study


def leaderboard_section(study: Study) -> dict[str, Any] | None:
    """Return the rows, best first, and the axis their intervals are drawn on; None without a ranked trial."""
    ranking = study.ranking
    if not ranking.standings:
        return None
    names = recipe_names(study.trials)
    rows = [
        {
            "standing": standing,
            "trial": standing.trial,
            "recipe": trial_words(standing.trial, names),
            "baseline": standing.trial.role == BASELINE,
            "recommended": standing.trial == ranking.recommended,
        }
        for standing in ranking.standings
    ]
    return {
        "rows": rows,
        "scale": _scale(ranking.standings, study.direction),
        "baseline": ranking.baseline.score if ranking.baseline else None,
        "tied": len(ranking.tied),
        "measured": {
            "milliseconds": any(s.trial.milliseconds is not None for s in ranking.standings),
            "megabytes": any(s.trial.megabytes is not None for s in ranking.standings),
        },
        "lower": study.direction == "min",
        "by_loss": study.by_loss,
        "balanced": study.is_balanced,
        "loss_name": loss_name(study.criterion),
        "policy": study.header.policy.sentence,
    }


def _scale(standings: Any, direction: str) -> dict[str, float]:
    """The ends of the axis: those of all intervals, but of scores far worse than most."""
    low, high = score_limits([s.score for s in standings], direction)
    ends = [end for s in standings if low <= s.score <= high for end in (s.interval or (s.score,))]
    low, high = min(low, *ends), max(high, *ends)
    return {"low": low, "width": (high - low) or 1.0}
