"""The few numbers that stand above everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..formatting import duration, interval, objective_name, plural, score
from ..leaderboard import score_interval
from ..provisional import ranking_of
from ..verdict import last_test

if TYPE_CHECKING:
    from ..study import Study


def figures(study: Study) -> list[dict[str, Any]]:
    """Give back the name, the value and what stands beneath it of each figure."""
    ranking, objective = ranking_of(study), objective_name(study.objective)
    found = []
    if ranking.expected is not None:
        found.append(
            {
                "name": f"Expected {objective}",
                "value": score(ranking.expected.score),
                "beside": f"{interval(ranking.expected.interval) or 'no interval'}; "
                f"raw {score(ranking.expected.raw)}",
            }
        )
    elif ranking.standings:
        first = ranking.standings[0]
        found.append(
            {
                "name": f"Best validation {objective}",
                "value": score(first.score),
                "beside": interval(first.interval) or "no interval",
            }
        )
    if test := last_test(study):
        bounds = score_interval(study, test["test"].get("score"), test["test"].get("n"))
        found.append(
            {
                "name": f"Test {objective}",
                "value": score(test["test"].get("score")),
                "beside": interval(bounds) or "no interval",
            }
        )
    if ranking.baseline is not None:
        standing = next(s for s in ranking.standings if s.trial == ranking.baseline)
        found.append(
            {
                "name": "Best baseline",
                "value": score(standing.score),
                "beside": interval(standing.interval) or f"trial {ranking.baseline.number}",
            }
        )
    failed = len(study.unranked)
    planned = (study.header.get("limits") or {}).get("trials")
    beside = plural(failed, "failed", "failed") if failed else "none failed"
    found.append(
        {
            "name": "Trials completed",
            "value": str(sum(trial.scored for trial in study.trials)),
            "beside": f"{beside}, at most {planned} planned" if planned else beside,
        }
    )
    seconds = sum(trial.seconds for trial in study.trials)
    each = f"{duration(seconds / len(study.trials))} each" if study.trials else ""
    found.append({"name": "Time in trials", "value": duration(seconds), "beside": each})
    return found
