"""Who gets more fits: trials that may still turn out to be the best, the fewest fits first.

The idea is that of Hoeffding races (Maron and Moore, 1994), with paired comparisons on the same images. A race ends
when the leader is clear, when every contender has all its fits, or when it has cost as much as the search. A trial that
is both worse and dearer than another one gets nothing.
"""

from dataclasses import replace

from ...reports import Study, Trial
from .cost_model import CostModel

# How many contenders a round has at most.
_MOST = 6


def next_round(
    study: Study, costs: CostModel, given_up: set[int]
) -> list[tuple[Trial, tuple[tuple[int, int], ...]]]:
    """Return the trials to fit again, each with the slots of its next fits.

    Args:
        study: everything that has ended so far; ensembles have no say in who gets more fits.
        costs: what fits cost, and how many a recipe may have.
        given_up: numbers of trials whose further fits failed.
    """
    policy = costs.policy
    singles = replace(study, trials=tuple(t for t in study.trials if not t.members))
    contenders = _worth_their_cost(singles.ranking.contenders, costs)
    contenders = [trial for trial in contenders if trial.number not in given_up]
    if len(contenders) < 2 or _cost_more_than_the_search(singles.trials, costs):
        return []
    due = [
        (trial, after)
        for trial in contenders
        if (after := policy.next_fits(len(trial.fits))) > len(trial.fits)
    ]
    first = min((after for _, after in due), default=0)
    return [
        (trial, policy.slots[len(trial.fits) : after]) for trial, after in due if after == first
    ][:_MOST]


def _worth_their_cost(contenders: tuple[Trial, ...], costs: CostModel) -> list[Trial]:
    """Return the contenders, the best first, without those that are dearer than a better one."""
    kept, cheapest = [], float("inf")
    for trial in contenders:
        cost = costs.per_fit(trial)
        if cost <= cheapest:
            kept.append(trial)
            cheapest = cost
    return kept


def _cost_more_than_the_search(trials: tuple[Trial, ...], costs: CostModel) -> bool:
    search, further = costs.yardstick, 0.0
    for trial in trials:
        first, more = costs.of_fits(trial)
        search, further = search + first, further + more
    return further > search
