"""The few numbers that stand above everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ranking.final_score import final_score
from ..wording.formatting import duration, interval, loss_name, objective_name, plural, score

if TYPE_CHECKING:
    from ..ranking.study import Study


def figures(study: Study, *, corrected: bool = True) -> list[dict[str, Any]]:
    """Return the name, the value and what stands beneath it of each figure.

    The first is the score to expect of the recommended trial, or if not `corrected` that in validation, which needs no
    bootstrap.
    """
    ranking, objective = study.ranking, objective_name(study.objective)
    found = []
    expected = ranking.expected if corrected else None
    if expected is not None:
        found.append(
            {
                "name": f"Expected {objective}",
                "value": score(expected.score),
                "beside": f"{interval(expected.interval) or 'no interval'}; {score(expected.raw)} in validation",
            }
        )
    elif ranking.standings:
        first = next(s for s in ranking.standings if s.trial == ranking.recommended)
        found.append(
            {
                "name": f"Validation {objective}",
                "value": score(first.score),
                "beside": interval(first.interval) or "no interval",
            }
        )
    if test := final_score(study):
        found.append(
            {
                "name": f"Test {objective}",
                "value": score(test.score),
                "beside": interval(test.interval) or "no interval",
            }
        )
    if ranking.baseline is not None:
        standing = next(s for s in ranking.standings if s.trial == ranking.baseline)
        found.append(
            {
                "name": f"Baseline with the lowest {loss_name(study.criterion)}"
                if study.by_loss
                else "Best baseline",
                "value": score(standing.score),
                "beside": interval(standing.interval) or f"trial {ranking.baseline.number}",
            }
        )
    failed = len(study.unranked)
    planned = study.header.limits.trials
    beside = plural(failed, "failed", "failed") if failed else "none failed"
    found.append(
        {
            "name": "Trials completed",
            "value": str(sum(trial.scored for trial in study.trials)),
            "beside": f"{beside}, limit {planned} searched" if planned else beside,
        }
    )
    seconds = sum(trial.seconds for trial in study.trials)
    each = f"{duration(seconds / len(study.trials))} each" if study.trials else ""
    found.append({"name": "Time in trials", "value": duration(seconds), "beside": each})
    return found
