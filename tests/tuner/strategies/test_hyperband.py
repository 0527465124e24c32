"""Hyperband: a ladder that fits, places that are filled again, and continuations that name their trial."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.search_spaces import Choice, Float, Space
from transfertune.tuner.seeds import derive_seed
from transfertune.tuner.strategies.strategy import Proposal, Strategy

WIDE = Space("mine", "Mine", "anything", None, {"dropout": Float(0, 0.9)})
SMALL = Space("mine", "Mine", "anything", None, {"dense": Choice("none", "8", "16")})
TINY = settings(max_examples=10, deadline=None)


def score(proposal: Proposal) -> float:
    """A score that depends on the values, and grows a little with the epochs."""
    return derive_seed(0, json.dumps(proposal.values)) / 2**31 + proposal.epochs / 1000


def run(space: Space, trials: int, *, limit="trials", epochs=9, fails=(), direction="max"):
    """Run the strategy; return proposals and scores by trial number."""
    limit = trials if limit == "trials" else limit
    strategy = Strategy(
        "hyperband", space, direction=direction, trials=limit, epochs=epochs, seed=0
    )
    proposals, scores = {}, {}
    for number in range(1, trials + 1):
        proposal = strategy.propose(number)
        if proposal is None:
            break
        proposals[number] = proposal
        scores[number] = None if number in fails else score(proposal)
        strategy.tell(number, scores[number])
    return proposals, scores


def rungs(proposals: dict[int, Proposal]) -> list[tuple[int, int]]:
    """Return (bracket, rung) of every proposal, in order."""
    return [(p.record["bracket"], p.record["rung"]) for p in proposals.values()]


@pytest.mark.parametrize("direction", ["max", "min"])
def test_a_rung_promotes_its_best(direction):
    """Of nine recipes the best three, then the best one of these, go on; each names the trial it continues."""
    proposals, scores = run(WIDE, 13, limit=None, direction=direction)
    sign = 1 if direction == "max" else -1
    by_rung = {r: [n for n, p in proposals.items() if p.record["rung"] == r] for r in range(3)}
    assert [len(by_rung[r]) for r in range(3)] == [9, 3, 1]
    for level, size in ((1, 3), (2, 1)):
        below = sorted(by_rung[level - 1], key=lambda n: -sign * scores[n])
        assert {proposals[n].continues for n in by_rung[level]} == set(below[:size])
    assert [proposals[by_rung[r][0]].epochs for r in range(3)] == [1, 3, 9]


def test_a_continuation_keeps_its_values():
    """A promoted trial is the same recipe, trained longer."""
    proposals, _ = run(WIDE, 22, limit=None)
    continued = [p for p in proposals.values() if p.continues is not None]
    assert continued
    for proposal in continued:
        parent = proposals[proposal.continues]
        assert proposal.values == parent.values
        assert proposal.epochs > parent.epochs
        assert proposal.record["continues"] == proposal.continues


@pytest.mark.parametrize("failed", [1, 5, 9, 10, 12, 13])
def test_a_failed_place_is_filled_again(failed):
    """Whichever trial of the first bracket fails, its rung still ends up full of successes."""
    proposals, scores = run(WIDE, 14, limit=None, fails={failed})
    first = [n for n, p in proposals.items() if p.record["bracket"] == 2 and scores[n] is not None]
    counts = [sum(proposals[n].record["rung"] == r for n in first) for r in range(3)]
    assert counts == [9, 3, 1]
    assert failed not in {p.continues for p in proposals.values()}


@TINY
@given(st.sets(st.integers(1, 12)))
def test_failures_never_keep_the_ladder_from_its_top(fails):
    """Whichever fail below the top, as many more trials bring the first bracket to the full number of epochs."""
    proposals, scores = run(WIDE, 13 + len(fails), limit=None, fails=fails)
    assert any(p.epochs == 9 and scores[n] is not None for n, p in proposals.items())


@TINY
@given(st.integers(1, 60), st.integers(1, 81))
def test_the_ladder_fits_the_number_of_trials(trials, epochs):
    """Whatever the limits, one round of all brackets fits, so some trial gets all epochs."""
    proposals, _ = run(WIDE, trials, epochs=epochs)
    assert len(proposals) == trials
    assert max(p.epochs for p in proposals.values()) == epochs
    assert min(p.epochs for p in proposals.values()) >= 1


def test_a_full_round_has_the_published_brackets():
    """With 23 trials and 9 epochs, brackets start with nine, five and three recipes."""
    found = rungs(run(WIDE, 23)[0])
    expected = {(2, 0): 9, (2, 1): 3, (2, 2): 1, (1, 0): 5, (1, 1): 2, (0, 0): 3}
    assert {key: found.count(key) for key in found} == expected


def test_rounds_repeat_until_the_trials_are_used_up():
    """After the last bracket the first one starts again with new recipes."""
    proposals, _ = run(WIDE, 60, limit=23)
    assert len(proposals) == 60
    fresh = [json.dumps(p.values) for p in proposals.values() if p.continues is None]
    assert len(fresh) == len(set(fresh))


@pytest.mark.parametrize("fails", [set(), {1}, {2, 4}])
def test_a_small_space_is_searched_to_the_end(fails):
    """Three recipes are each trained to all epochs, those that failed aside, and then it ends."""
    proposals, scores = run(SMALL, 40, limit=None, fails=fails)
    assert len(proposals) < 40
    full = {
        p.values["dense"] for n, p in proposals.items() if p.epochs == 9 and scores[n] is not None
    }
    lost = {proposals[n].values["dense"] for n in fails}
    assert full >= {"none", "8", "16"} - lost


def test_the_states_of_promotable_trials_are_kept():
    """Until a bracket is done, the states of its lower rungs may be asked for; those of others never."""
    strategy = Strategy("hyperband", WIDE, direction="max", trials=None, epochs=9, seed=0)
    for number in range(1, 30):
        before = strategy.may_continue()
        proposal = strategy.propose(number)
        assert proposal.continues is None or proposal.continues in before
        strategy.tell(number, score(proposal))
