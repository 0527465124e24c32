"""What a study found, in a few plain sentences that do not promise more than was measured."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING

from ..errors import StudyError
from ..ranking.cost_limits import TOLERANCE
from ..ranking.final_score import FinalScore, final_score, surprise
from ..ranking.intervals import Z95
from ..ranking.objectives import LOG_LOSS
from ..ranking.side_by_side import side_by_side
from ..study.trial import BASELINE, SEARCH
from .formatting import interval, listed, loss_name, objective_name, plural, score
from .recipe_words import trial_name

if TYPE_CHECKING:
    from ..ranking.ranking import Ranking, Standing
    from ..ranking.study import Study

_MOST_NAMED = 5
CONTINUES = "The same command continues this study."


def verdict(study: Study) -> list[str]:
    """Return the findings in a few sentences of plain text, the most important first; never empty.

    They say which trial is recommended and what to expect of it, which trials cannot be told apart, and the test score.
    For a comparison they say which recipes differ. Where nothing was completed they say why.
    """
    if not study.trials:
        return ["No trial has finished yet.", CONTINUES]
    if not study.ranking.standings:
        return [*_nothing_completed(study), CONTINUES]
    if study.header.comparison:
        from .comparison_words import comparison_words  # brings SciPy

        return comparison_words(study)
    ranking = study.ranking
    winner = next(s for s in ranking.standings if s.trial == ranking.recommended)
    return [
        _recommendation(study, ranking, winner),
        _ties(study, ranking, winner),
        _test(study),
    ]


def verdict_so_far(study: Study) -> list[str]:
    """Return what a running search has found, in a few sentences of plain text; nothing is corrected for luck yet."""
    if not study.trials:
        return ["No trial has finished yet."]
    ranking = study.ranking
    if not ranking.standings:
        return _nothing_completed(study)
    best = next(s for s in ranking.standings if s.trial == ranking.recommended)
    objective, trial = objective_name(study.objective), best.trial
    bounds = f" (95 % interval {interval(best.interval)})" if best.interval else ""
    return [
        f"Trial {trial.number}, {trial_name(trial)}, is the best so far. Its validation {objective} is "
        f"{score(best.score)}{bounds}.",
        _ties(study, ranking, best),
    ]


def remarks(study: Study) -> list[str]:
    """Return what else is to be known: limits, and trials that were continued, failed or were not finished."""
    said = [f"The model was chosen under limits: {study.limits}."] if study.limits else []
    if study.unmet_limits:
        said.append(
            f"No trial is within the limits ({study.unmet_limits}), so this report ignores them."
        )
    said += _single_model(study)
    singles = [trial for trial in study.trials if trial.scored and not trial.members]
    continued = len(singles) - sum(not trial.members for trial in study.candidates)
    if continued == 1:
        said.append(
            "1 trial was continued by a later trial for more epochs. Only the later trial is ranked."
        )
    elif continued:
        said.append(
            f"{continued} trials were continued by later trials for more epochs. Only the later trials are ranked."
        )
    failed = len(study.unranked)
    if failed and study.candidates:
        are = "is" if failed == 1 else "are"
        said.append(f"{plural(failed, 'trial')} failed and {are} not ranked.")
    begun = len(study.begun)
    if begun:
        are = "is" if begun == 1 else "are"
        them = "it" if begun == 1 else "them"
        said.append(
            f"{plural(begun, 'trial')} {are} unfinished. The command that began the study finishes {them}."
        )
    return said


def _single_model(study: Study) -> list[str]:
    """Return what the best single model is and costs, where an ensemble is recommended."""
    chosen = study.recommended if study.candidates else None
    if chosen is None or not chosen.members:
        return []
    single = study.ranking.single
    if single is None or single.milliseconds is None or chosen.milliseconds is None:
        return []
    return [
        f"The best single model is trial {single.number}, {trial_name(single)}. It takes {single.milliseconds:.2g} ms "
        f"per image instead of {chosen.milliseconds:.2g} ms. --single recommends it."
    ]


def _nothing_completed(study: Study) -> list[str]:
    causes = Counter(
        _first_line(trial.cause or "its score is not a number") for trial in study.trials
    )
    cause, times = causes.most_common(1)[0]
    total = len(study.trials)
    if total == 1:
        return ["The only trial failed.", f"The cause is: {cause.rstrip('.')}."]
    return [
        f"All {total} trials failed.",
        f"The most frequent cause ({times} of {total} trials) is: {cause.rstrip('.')}.",
    ]


def _recommendation(study: Study, ranking: Ranking, winner: Standing) -> str:
    trial, objective = winner.trial, objective_name(study.objective)
    who = f"Trial {trial.number}, {trial_name(trial)}, is recommended"
    expected = ranking.expected
    chance = _chance(study, ranking)
    if expected is None and len(ranking.standings) > 1:
        by_loss = study.criterion == LOG_LOSS
        who = f"{who} by its validation {'log loss' if by_loss else objective} alone"
    elif not any(one.role == SEARCH for one in study.candidates):
        who = f"{who} among the plain baselines, because no searched trial was completed"
    elif trial.role == BASELINE:
        who = f"{who}: no searched trial{_within(study)} is expected to be better"
    if expected is None:
        bounds = f" (95 % interval {interval(winner.interval)})" if winner.interval else ""
        return f"{chance}{who}. Its validation {objective} is {score(winner.score)}{bounds}."
    return (
        f"{chance}{who}. Its expected {objective} on new images is {score(expected.score)} "
        f"(95 % interval {interval(expected.interval)}); "
        f"its validation {objective} is {score(winner.score)}."
    )


def _chance(study: Study, ranking: Ranking) -> str:
    """Say so where nothing has beaten chance; nothing otherwise."""
    if ranking.chance is None or ranking.chance.beaten:
        return ""
    return (
        f"Nothing has beaten chance: no trial's {objective_name(study.objective)} is better than that of always the "
        f"most frequent class, {score(ranking.chance.score)}, by more than luck explains. "
    )


def _ties(study: Study, ranking: Ranking, winner: Standing) -> str:
    count, tied = len(ranking.standings), len(ranking.tied)
    if count == 1:
        return "It is the only completed trial."
    if ranking.estimate is None:
        return f"The {count} completed trials cannot be compared: {_unreadable(study)}"
    if tied < 2 and winner.rank == 1:
        others = "other trial" if count == 2 else f"{count - 1} other trials"
        return f"It is better than the {others} beyond noise."
    said = (
        f"{tied} of {count} trials cannot be told apart"
        if tied > 1
        else "The first trial stands alone"
    )
    return f"{said}; {_place(study, ranking, winner)}."


def _place(study: Study, ranking: Ranking, winner: Standing) -> str:
    """Say where the recommended trial is ranked, and why it is recommended when it is not the first."""
    if winner.rank == 1:
        return "the recommended one is ranked first"
    first = ranking.standings[0].trial
    if not study.limits.allow(first):
        return f"the recommended one is the best{_within(study)}"
    if first.number in ranking.at_chance:
        return f"trial {first.number}, which is ranked first, is no better than chance"
    return (
        f"the recommended one has fewer parameters than trial {first.number}, which is ranked first, and the same "
        f"expected {loss_name(study.criterion)} within {TOLERANCE:g}"
    )


def usual_scores(study: Study) -> list[str]:
    """Return what the recommended model scores by every usual objective, in a sentence; the page has a table."""
    if study.header.comparison:  # recommends nothing
        return []
    parts = []
    for one in side_by_side(study):
        scores = listed([f"{objective_name(n)} {score(value)}" for n, value in one.scores.items()])
        recommended = study.recommended is not None and one.trial == study.recommended.number
        who = "" if recommended else f" (trial {one.trial})"
        parts.append(f"{scores} on {one.images} {one.kind} images{who}")
    return [f"Side by side: {'; '.join(parts)}."] if parts else []


def _unreadable(study: Study) -> str:
    """Say whose validation predictions cannot be read, and what to do."""
    files = {}
    for trial in study.candidates:
        try:
            study.predictions(trial.number)
        except StudyError:
            files[trial.number] = study.paths.trial(trial.number).predictions
    if not files:
        return "their predictions of single images are missing."
    numbers = ", ".join(map(str, list(files)[:_MOST_NAMED]))
    more = f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else ""
    first = next(iter(files.values())).relative_to(study.folder).as_posix()
    one = len(files) == 1
    return (
        f"the predictions of {'trial' if one else 'trials'} {numbers}{more} cannot be read. "
        f"Restore {first if one else f'these files, such as {first},'} from a copy of the study."
    )


def _test(study: Study) -> str:
    test, objective = final_score(study), objective_name(study.objective)
    if test is None:
        return "It has no test score yet. Run tune retrain to retrain it and to score it once on the test images."
    bounds = f" (95 % interval {interval(test.interval)})" if test.interval else ""
    same = study.recommended is not None and test.trial == study.recommended.number
    who = "it" if same else f"trial {test.trial}"
    said = (
        f"Retrained on the training and validation images, {who} reaches a test {objective} of "
        f"{score(test.score)}{bounds} on {test.images or 'the'} test images"
    )
    copies = study.header.data.test_copies
    said += "." if copies or test.look > 1 else ", which were used for nothing else."
    if copies:
        are = "is a duplicate" if copies == 1 else "are duplicates"
        said += f" {copies} of these images {are} of training images, so this score is too good."
    if test.look > 1:
        said += f" The test images were scored {test.look} times, so this score is optimistic."
    said += spread_over_seeds(study, test)
    return said + (_surprise(study, test) if same else "")


def spread_over_seeds(study: Study, test: FinalScore) -> str:
    """Say how far the test scores of several seeds are apart, in a sentence after others; empty with one seed."""
    if not test.by_seed:
        return ""
    low, high, objective = min(test.by_seed), max(test.by_seed), objective_name(study.objective)
    seeds = len(test.by_seed)
    if low == high:
        return f" All {seeds} seeds give this test {objective}."
    return (
        f" {seeds} seeds give a test {objective} of {score(low)} to {score(high)}, with mean "
        f"{score(statistics.mean(test.by_seed))} and standard deviation {score(statistics.stdev(test.by_seed))}; the "
        "model is that of the first one, whatever it scores."
    )


def _surprise(study: Study, test: FinalScore) -> str:
    """Say whether a test score is surprising, given what was expected."""
    expected = study.ranking.expected
    errors = None if expected is None else surprise(test, expected)
    if errors is None:
        return ""
    if abs(errors) <= Z95:
        return " This agrees with what was expected."
    side = "higher" if errors > 0 else "lower"
    return (
        f" This is {side} than expected by {abs(errors):.1f} standard errors, which luck alone seldom explains: the "
        "test images may differ from the others."
    )


def _within(study: Study) -> str:
    return " within the limits" if study.limits else ""


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "not known")
