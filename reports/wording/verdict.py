"""What a study found, in a few plain sentences that do not promise more than was measured."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..ranking.final_score import final_score
from ..study.trial import BASELINE
from .formatting import interval, objective_name, plural, score
from .recipe_words import model_name

if TYPE_CHECKING:
    from ..ranking.ranking import Ranking, Standing
    from ..ranking.study import Study

GOES_ON = "The same command goes on with this study."


def verdict(study: Study) -> list[str]:
    """Give back the findings in a few sentences of plain text, the most important first; never empty.

    They say which trial is recommended and what to expect of it, what cannot be told apart, and what the test images
    said; of a comparison, which recipes could be told apart; or that nothing was completed, and why.
    """
    if not study.trials:
        return ["No trial has finished yet.", GOES_ON]
    if not study.ranking.standings:
        return [*_nothing_completed(study), GOES_ON]
    if study.header.comparison:
        from .comparison_words import comparison_words  # brings SciPy

        return comparison_words(study)
    ranking = study.ranking
    winner = next(s for s in ranking.standings if s.trial == ranking.recommended)
    return [_recommendation(study, ranking, winner), _ties(ranking, winner), _test(study)]


def remarks(study: Study) -> list[str]:
    """Give back what else is to be known: limits, what was continued, what failed, and what was not finished."""
    said = [f"The model was chosen under limits: {study.limits}."] if study.limits else []
    continued = sum(trial.scored for trial in study.trials) - len(study.candidates)
    if continued:
        which = "One trial was" if continued == 1 else f"{continued} trials were"
        counts = "counts" if continued == 1 else "count"
        said.append(f"{which} continued for more epochs by a later one, and {counts} there.")
    if study.unranked and study.candidates:
        said.append(f"{plural(len(study.unranked), 'trial')} failed and took no part.")
    if study.begun:
        said.append(f"{plural(len(study.begun), 'trial')} did not come to an end.")
    return said


def _nothing_completed(study: Study) -> list[str]:
    causes = Counter(
        _first_line(trial.cause or "its score is not a number") for trial in study.trials
    )
    cause, times = causes.most_common(1)[0]
    total = len(study.trials)
    failed = "The only trial failed" if total == 1 else f"All {total} trials failed"
    return [f"{failed}.", f"Most frequent cause, {times} of {total}: {cause.rstrip('.')}."]


def _recommendation(study: Study, ranking: Ranking, winner: Standing) -> str:
    trial, objective = winner.trial, objective_name(study.objective)
    name = f"trial {trial.number}, {model_name(trial.recipe)},"
    who = f"Recommended is {name}"
    if trial.role == BASELINE:
        who = f"Nothing beats the plain baselines beyond noise, so one is recommended: {name}"
    expected = ranking.expected
    if expected is None:
        beside = f" (95 % interval {interval(winner.interval)})" if winner.interval else ""
        return f"{who} with a validation {objective} of {score(winner.score)}{beside}."
    return (
        f"{who} with an expected {objective} of {score(expected.score)} on new images "
        f"(95 % interval {interval(expected.interval)}); measured was {score(expected.raw)}."
    )


def _ties(ranking: Ranking, winner: Standing) -> str:
    count = len(ranking.standings)
    if count == 1:
        return "It is the only completed trial."
    if ranking.expected is None:
        return (
            f"Nothing says which of the {count} completed trials is truly better: "
            "their predictions of single images are missing."
        )
    tied = len(ranking.tied)
    if tied < 2:
        return f"It is better than the {plural(count - 1, 'other trial')} beyond noise."
    if count == 2:
        return "The other trial cannot be told from it: their order is luck."
    if winner.rank == 1:
        return f"{plural(tied - 1, 'other trial')} of {count - 1} cannot be told from it: their order is luck."
    if winner.tied:
        alike = f"{tied} of {count} trials cannot be told apart, so their order is luck"
        return f"{alike}; the recommended one is of the simplest kind."
    return f"The best {tied} of {count} trials cannot be told apart; it is not one of them, but keeps the limits."


def _test(study: Study) -> str:
    test, objective = final_score(study), objective_name(study.objective)
    if test is None:
        return "It has not met the test images yet: tune retrain trains it again and scores it on them once."
    beside = f" (95 % interval {interval(test.interval)})" if test.interval else ""
    same = study.recommended is not None and test.trial == study.recommended.number
    who = "it" if same else f"trial {test.trial}"
    kept = " that played no part in any choice"
    copies = study.header.data.test_copies
    if copies:
        kept = f", but {copies} of them show the same as training images, so the number is too good"
    if test.look > 1:
        kept = f"; this was look {test.look} at them, so it is optimistic"
    return (
        f"Retrained on the training and validation images, {who} reaches a test {objective} of "
        f"{score(test.score)}{beside} on {test.images or 'the'} images{kept}."
    )


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "not known")
