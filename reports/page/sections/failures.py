"""What was tried and failed, by its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...wording.recipe_words import recipe_names, recipe_words

if TYPE_CHECKING:
    from ...ranking.study import Study

SHOWN = 10


def failures(study: Study) -> dict[str, Any] | None:
    """Return the causes, the most frequent first, each with its trials; None when nothing failed."""
    names = recipe_names(study.trials)
    causes: dict[str, list[tuple[int, str]]] = {}
    for trial in study.unranked:
        cause = (trial.cause or "Its score is not a number.").strip()
        causes.setdefault(cause, []).append((trial.number, recipe_words(trial.recipe, names)))
    if not causes:
        return None
    groups = [
        {
            "headline": next(line.strip() for line in [*cause.splitlines(), cause] if line.strip()),
            "cause": cause,
            "trials": trials[:SHOWN],
            "more": len(trials) - SHOWN,
            "count": len(trials),
        }
        for cause, trials in causes.items()
    ]
    return {
        "groups": sorted(groups, key=lambda group: -group["count"]),
        "count": len(study.unranked),
    }
