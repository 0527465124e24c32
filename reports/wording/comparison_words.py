"""What a comparison shows, in sentences."""

from __future__ import annotations

from ..ranking.comparison import Pair, compare_pairs
from ..ranking.objectives import LOG_LOSS
from ..ranking.study import Study
from .formatting import objective_name
from .recipe_words import recipe_words, varied_names


def comparison_words(study: Study) -> list[str]:
    """Say in sentences what a comparison shows and what it does not."""
    pairs = compare_pairs(study)
    if not pairs:
        return ["There is nothing to compare: fewer than two recipes have predictions."]
    names = varied_names(trial.recipe for trial in study.candidates)
    sure = [pair for pair in pairs if pair.sure]
    sentences = [_sentence(study, pair, names) for pair in sure]
    score = objective_name(study.objective)
    loss = "balanced loss" if study.is_balanced else "loss"
    if not sure:
        widest = max(abs(pair.interval[1] - pair.interval[0]) for pair in pairs) / 2
        count = len(study.candidates)
        who = (
            "These two recipes cannot be told apart"
            if count == 2
            else f"No two of these {count} recipes can be told apart"
        )
        sentences.append(
            f"{who}: {score} and {loss} do not both show a difference. "
            f"The paired differences in {score} are uncertain by up to {_amount(study, widest, 0)}."
        )
    elif len(sure) < len(pairs):
        sentences.append(
            f"For the other {len(pairs) - len(sure)} of {len(pairs)} pairs, "
            f"{score} and {loss} do not both show a difference."
        )
    return sentences


def _sentence(study: Study, pair: Pair, names: list[str]) -> str:
    first, second, (low, high) = pair.first, pair.second, pair.interval
    if pair.difference < 0:
        first, second, low, high = second, first, -high, -low
    low_end, high_end = (_amount(study, end).split()[0] for end in (low, high))
    what = "" if study.objective == "accuracy" else f" of {objective_name(study.objective)}"
    return (
        f"{recipe_words(first.recipe, names)} is better than {recipe_words(second.recipe, names)} by "
        f"{_amount(study, abs(pair.difference))}{what} (95 % interval {low_end} to {high_end})."
    )


def _amount(study: Study, difference: float, decimals: int = 1) -> str:
    """A difference of scores: in points where they are shares, in nats of a log loss."""
    if study.objective == LOG_LOSS:
        return f"{difference:.3f} nats"
    return f"{100 * difference:.{decimals}f} points"
