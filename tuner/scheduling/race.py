"""Who gets more fits: trials that cannot be told apart from the leader, fewer in each round.

The idea is that of Hoeffding races (Maron and Moore, 1994), with paired comparisons on the same images. A race ends
when the leader is clear, when every contender has all its fits, or when it has taken as many fits as the search; if it
counted seconds, a busy machine would change what a seed finds.
"""

from ...datasets import Policy
from ...reports import Study, Trial

# How many contenders a round has at most, besides the best baseline.
_MOST = (8, 6, 4)


def next_round(
    study: Study, policy: Policy, given_up: set[int]
) -> tuple[list[Trial], tuple[tuple[int, int], ...]]:
    """Return the trials to fit again and the slots that each of them should then have.

    Args:
        study: everything that has ended so far.
        policy: how many fits a recipe may have, and how many it had first.
        given_up: numbers of trials whose further fits failed.
    """
    ranking = study.ranking
    tied = [trial for trial in ranking.tied if trial.number not in given_up]
    if len(tied) < 2 or _took_more_than_the_search(study.trials, policy.first_fits):
        return [], ()
    most = max(len(trial.fits) for trial in tied)
    for turn, target in enumerate(range(2 * policy.first_fits, policy.fits + 1, policy.first_fits)):
        if target < most:
            continue
        contenders = tied[: _MOST[min(turn, len(_MOST) - 1)]]
        if ranking.baseline in tied and ranking.baseline not in contenders:
            contenders.append(ranking.baseline)
        behind = [trial for trial in contenders if len(trial.fits) < target]
        if behind:
            return behind, policy.slots[:target]
    return [], ()


def _took_more_than_the_search(trials: tuple[Trial, ...], first_fits: int) -> bool:
    first = sum(len(trial.fits[:first_fits]) for trial in trials)
    further = sum(len(trial.fits[first_fits:]) for trial in trials)
    return further > first
