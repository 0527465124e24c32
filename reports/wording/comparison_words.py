"""What a comparison shows, in sentences."""

from __future__ import annotations

from ..ranking.comparison import Pair, compare_pairs
from ..ranking.study import Study
from .recipe_words import recipe_words, varied_names


def comparison_words(study: Study) -> list[str]:
    """Say in sentences what a comparison shows and what it does not."""
    pairs = compare_pairs(study)
    if not pairs:
        return ["There is nothing to compare: fewer than two recipes have predictions."]
    names = varied_names(trial.recipe for trial in study.candidates)
    sure = [pair for pair in pairs if pair.sure]
    sentences = [_sentence(pair, names) for pair in sure]
    if not sure:
        widest = max(abs(pair.interval[1] - pair.interval[0]) for pair in pairs) / 2
        count = len(study.candidates)
        who = (
            "These two recipes cannot be told apart"
            if count == 2
            else f"No two of these {count} recipes can be told apart"
        )
        sentences.append(
            f"{who}: accuracy and loss do not both show a difference. "
            f"The paired differences in accuracy are uncertain by up to {100 * widest:.0f} points."
        )
    elif len(sure) < len(pairs):
        sentences.append(
            f"For the other {len(pairs) - len(sure)} of {len(pairs)} pairs, "
            "accuracy and loss do not both show a difference."
        )
    return sentences


def _sentence(pair: Pair, names: list[str]) -> str:
    first, second, (low, high) = pair.first, pair.second, pair.interval
    if pair.difference < 0:
        first, second, low, high = second, first, -high, -low
    return (
        f"{recipe_words(first.recipe, names)} is better than {recipe_words(second.recipe, names)} by "
        f"{100 * abs(pair.difference):.1f} points (95 % interval {100 * low:.1f} to {100 * high:.1f})."
    )
