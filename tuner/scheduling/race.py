"""Who gets more fits: trials that may still turn out to be the best, the fewest fits first.

The idea is that of Hoeffding races (Maron and Moore, 1994), with paired comparisons on the same images. A race ends
when the leader is clear, when every contender has all its fits, or when it has taken as many fits as the search; if it
counted seconds, a busy machine would change what a seed finds.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...datasets import Policy
from ...reports import Study, Trial
from ...search_spaces import Recipe

# How many contenders a round has at most.
_MOST = 6


def next_round(
    study: Study, policy: Policy, given_up: set[int]
) -> list[tuple[Trial, tuple[tuple[int, int], ...]]]:
    """Return the trials to fit again, each with the slots of its next fits.

    Args:
        study: everything that has ended so far; ensembles have no say in who gets more fits.
        policy: how many fits a recipe may have, and how many it had first.
        given_up: numbers of trials whose further fits failed.
    """
    singles = replace(study, trials=tuple(t for t in study.trials if not t.members))
    contenders = [t for t in singles.ranking.contenders if t.number not in given_up]
    if len(contenders) < 2 or _took_more_than_the_search(singles.trials, policy):
        return []
    due = [(trial, after) for trial in contenders if (after := _next_stage(trial, policy))]
    first = min((after for _, after in due), default=0)
    return [
        (trial, policy.slots[len(trial.fits) : after]) for trial, after in due if after == first
    ][:_MOST]


def is_costly(recipe: Mapping[str, Any]) -> bool:
    """Whether a recipe trains its backbone, so that a fit takes many times as long as one of a head."""
    return Recipe.from_dict(recipe).unfrozen != 0


def _next_stage(trial: Trial, policy: Policy) -> int:
    """Return how many fits a trial has after its next ones, 0 when it has them all."""
    stages = policy.stages(costly=is_costly(trial.recipe))
    return next((after for after in stages if after > len(trial.fits)), 0)


def _took_more_than_the_search(trials: tuple[Trial, ...], policy: Policy) -> bool:
    counts = [
        (len(trial.fits), policy.stages(costly=is_costly(trial.recipe))[0]) for trial in trials
    ]
    first = sum(min(fits, begun_with) for fits, begun_with in counts)
    further = sum(max(0, fits - begun_with) for fits, begun_with in counts)
    return further > first
