"""What a study found, in a few plain sentences that do not promise more than was measured."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .formatting import interval, objective_name, plural, score
from .leaderboard import score_interval
from .study import Study
from .trial import Trial


def verdict(study: Study) -> list[str]:
    """Give back the findings as sentences of plain text, the most important first; never empty.

    They name the best trial with its interval, say that the best of many is optimistic, and what the test pictures
    said; or that nothing was completed, and why.
    """
    if not study.trials:
        return ["No trial has finished yet.", "The same command goes on with this study."]
    if study.best is None:
        return [*_nothing_completed(study), "The same command goes on with this study."]
    sentences = [_best(study, study.best), *_optimism(study, study.best), _test(study)]
    continued = sum(trial.scored for trial in study.trials) - len(study.ranked)
    if continued:
        which = "One trial was" if continued == 1 else f"{continued} trials were"
        counts = "counts" if continued == 1 else "count"
        sentences.append(f"{which} continued for more epochs by a later one, and {counts} there.")
    if study.unranked:
        sentences.append(f"{plural(len(study.unranked), 'trial')} failed and took no part.")
    return sentences


def last_test(study: Study) -> dict[str, Any] | None:
    """Give back the newest retraining that was scored on the test pictures, None when there is none."""
    scored = [record for record in study.retrains if isinstance(record.get("test"), dict)]
    return scored[-1] if scored else None


def _nothing_completed(study: Study) -> list[str]:
    causes = Counter(
        _first_line(trial.cause or "its score is not a number") for trial in study.trials
    )
    cause, times = causes.most_common(1)[0]
    total = len(study.trials)
    failed = "The only trial failed" if total == 1 else f"All {total} trials failed"
    return [f"{failed}.", f"Most frequent cause, {times} of {total}: {cause.rstrip('.')}."]


def _best(study: Study, best: Trial) -> str:
    objective, completed = objective_name(study.objective), len(study.ranked)
    among = (
        f"is the best of {completed} completed trials"
        if completed > 1
        else "is the only completed trial"
    )
    bounds = score_interval(study, best.score)
    pictures = (study.header.get("split") or {}).get("validation")
    beside = f" (95 % interval {interval(bounds)}, {pictures} pictures)" if bounds else ""
    return f"Trial {best.number} {among}, with a validation {objective} of {score(best.score)}{beside}."


def _optimism(study: Study, best: Trial) -> list[str]:
    completed = len(study.ranked)
    if completed < 2:
        return []
    sentences = [
        f"The best of {completed} validation scores is an optimistic number: part of it is luck, "
        "so expect less on new pictures."
    ]
    rivals = [
        trial
        for trial in study.ranked[1:]
        if (bounds := score_interval(study, trial.score)) and bounds[1] >= best.score
    ]
    if len(rivals) == 1:
        sentences.append("One other trial may be as good: its interval reaches that score.")
    elif rivals:
        sentences.append(
            f"{len(rivals)} other trials may be as good: their intervals reach that score."
        )
    return sentences


def _test(study: Study) -> str:
    record = last_test(study)
    if record is None:
        return "It has not met the test pictures yet: tune retrain trains it again and scores it on them once."
    test, objective = record["test"], objective_name(study.objective)
    bounds = score_interval(study, test.get("score"), test.get("n"))
    beside = f" (95 % interval {interval(bounds)})" if bounds else ""
    same = study.best and record.get("trial") == study.best.number
    who = "it" if same else f"trial {record.get('trial')}"
    look = record.get("look") or 1
    kept = " that played no part in any choice"
    copies = (study.header.get("data") or {}).get("test_copies")
    if copies:
        kept = f", but {copies} of them are copies of training pictures, so the number is too good"
    if look > 1:
        kept = f"; this was look {look} at them, so it is optimistic too"
    return (
        f"Retrained on the training and validation pictures, {who} reaches a test {objective} of "
        f"{score(test.get('score'))}{beside} on {test.get('n', 'the')} pictures{kept}."
    )


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "not known")
