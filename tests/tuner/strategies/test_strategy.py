"""Strategies: repeatable, rebuilt from the log, within the space, and without repeats."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.search_spaces import Choice, Float, Int, Space
from transfertune.tuner.errors import SearchError
from transfertune.tuner.seeds import derive_seed
from transfertune.tuner.strategies.strategy import STRATEGIES, Strategy

LISTED = {
    "dense": Choice("none", "8", "16"),
    "batch_norm": Choice(True, False),
    "unfreeze": Choice(0, 2, "all"),
    "head_epochs": Choice(0, 3),
    "fine_tune_rate": Choice(1e-5, 1e-4),
    "l2": Choice(0.0, 1e-3),
}
RANGES = {"dropout": Float(0, 0.5), "learning_rate": Float(1e-4, 1e-2, log=True)}


def space(**domains) -> Space:
    """A space over the given domains."""
    return Space("mine", "Mine", "anything", None, domains)


def score(values: dict) -> float:
    """A number in 0..1 that depends on the values alone."""
    return derive_seed(0, json.dumps(values, sort_keys=True)) / 2**31


def run(name: str, over: Space, trials: int, *, seed: int = 0, fails=(), log=(), limit=None):
    """Ask and tell until `trials` are done or nothing is left; return the log and the strategy."""
    strategy = Strategy(name, over, direction="max", trials=limit or trials, epochs=9, seed=seed)
    strategy.replay(
        [(number, record) for number, record, _ in log],
        [(number, result) for number, _, result in log],
    )
    log = list(log)
    while len(log) < trials:
        number = len(log) + 1
        proposal = strategy.propose(number)
        if proposal is None:
            break
        result = None if number in fails else score(proposal.values)
        strategy.tell(number, result)
        log.append((number, json.loads(json.dumps(proposal.record)), result))
    return log, strategy


def over(name: str) -> Space:
    """A space with conditions that the strategy can search: a grid takes lists only, Bayesian is slow in many."""
    few = {"unfreeze": LISTED["unfreeze"], "head_epochs": LISTED["head_epochs"]}
    return {
        "bayesian": space(**few, dropout=Float(0, 0.5)),
        "grid": space(**LISTED),
        "hyperband": space(**LISTED, **RANGES),
        "random": space(**LISTED, **RANGES),
    }[name]


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_same_seed_proposes_the_same(name):
    """Seed 0 is a seed like any other: two searches with it agree."""
    assert run(name, over(name), 5)[0] == run(name, over(name), 5)[0]


@pytest.mark.parametrize("name", sorted({*STRATEGIES} - {"grid"}))
def test_another_seed_proposes_something_else(name):
    """Seeds 0, 1 and 2 give three searches."""
    proposals = [json.dumps(run(name, over(name), 4, seed=seed)[0]) for seed in range(3)]
    assert len(set(proposals)) == 3


@pytest.fixture(scope="module", params=STRATEGIES)
def whole(request):
    """Return a strategy's name and the log of an uninterrupted search with two failures."""
    trials = 9 if request.param == "bayesian" else 16
    return request.param, run(request.param, over(request.param), trials, fails={3, 7})[0]


@pytest.mark.parametrize("done", [1, 6, 8])
def test_a_replayed_log_goes_on_as_if_nothing_had_happened(whole, done):
    """After any number of trials, some of them failed, a rebuilt strategy proposes the same next ones."""
    name, log = whole
    assert run(name, over(name), len(log), fails={3, 7}, log=log[:done])[0] == log


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_log_from_the_time_of_keras_tuners_oracles_goes_on(name):
    """Logs were written when Keras Tuner made the proposals; they are replayed, and proposed again."""
    logs = json.loads(Path(__file__).with_name("proposed_by_keras_tuner.json").read_text())
    log = [tuple(entry) for entry in logs[name]]
    known = len(log) if name == "bayesian" else 2  # it depends on the version of scikit-learn
    assert run(name, over(name), len(log), fails={3, 7}, log=log[:known])[0] == log


def test_a_log_of_another_search_is_refused(whole):
    """What this strategy would not have recorded is no past of it."""
    name, log = whole
    number, record, result = log[1]
    forged = [log[0], (number, {**record, "name": "another"}, result)]
    with pytest.raises(SearchError, match=r"Trial 2 in the log was not proposed by this search"):
        run(name, over(name), 3, log=forged, limit=len(log))


def test_every_proposal_is_a_recipe_of_the_space(whole):
    """Values lie in their domains, and exactly those that apply are proposed."""
    mine = over(whole[0])
    for _, record, _ in whole[1]:
        values = record["values"]
        recipe = mine.recipe(values).as_dict()
        assert values == {n: recipe[n] for n in mine.searched() if n in recipe}
        assert all(value in mine.domain(n) for n, value in values.items())


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_range_of_layers_is_a_parent_too(name):
    """Where the number of unfrozen layers is a range, its conditional values come and go with it."""
    mine = space(unfreeze=Int(0, 2), head_epochs=Choice(0, 3), fine_tune_rate=Choice(1e-5, 1e-4))
    if name == "grid":
        mine = mine.narrow({"unfreeze": [0, 1, 2]})
    seen = [record["values"] for _, record, _ in run(name, mine, 9)[0]]
    assert {values["unfreeze"] for values in seen} == {0, 1, 2}
    assert all(("head_epochs" in values) == (values["unfreeze"] > 0) for values in seen)


@pytest.mark.parametrize("name", ["bayesian", "random"])
def test_a_small_space_is_used_up_without_repeats(name):
    """Twelve recipes give twelve trials, each once, and then nothing."""
    mine = space(dense=Choice("none", "8", "16"), l2=Choice(0.0, 1e-3), batch_size=Choice(8, 16))
    log, _ = run(name, mine, 40)
    assert len({json.dumps(record["values"]) for _, record, _ in log}) == len(log) == 12


def test_bayesian_never_repeats_while_it_models():
    """Well past the random points, with repeated best scores, every proposal is new."""
    mine = space(dense=Choice("none", "8", "16", "32"), l2=Choice(0.0, 1e-4, 1e-3, 1e-2))
    log, _ = run("bayesian", mine, 14, fails={4})
    assert len({json.dumps(record["values"]) for _, record, _ in log}) == 14


@pytest.mark.slow
def test_bayesian_learns_where_the_score_is_high():
    """On a smooth hill the second half of a search is better than the first, random part."""
    strategy = Strategy(
        "bayesian", space(dropout=Float(0, 0.9)), direction="max", trials=16, epochs=1, seed=0
    )
    scores = []
    for number in range(1, 17):
        value = strategy.propose(number).values["dropout"]
        scores.append(1 - abs(value - 0.6))
        strategy.tell(number, scores[-1])
    assert sum(scores[8:]) > sum(scores[:8])
    assert max(scores) > 0.97


@pytest.mark.parametrize("name", STRATEGIES)
def test_nothing_to_choose_is_one_trial(name):
    """A space in which everything is fixed is tried once, to the last epoch."""
    log, strategy = run(name, space(), 5)
    assert len(log) == 1
    assert strategy.propose(2) is None


def test_a_grid_covers_all_combinations_once():
    """Every combination that differs comes once; the grid does not stop at a failure."""
    log, strategy = run("grid", space(**LISTED), 500, fails={2, 9})
    expected = set()
    for combination in itertools.product(*(domain.values for domain in LISTED.values())):
        recipe = space(**LISTED).recipe(dict(zip(LISTED, combination, strict=True)))
        expected.add(recipe.key)
    keys = [space(**LISTED).recipe(record["values"]).key for _, record, _ in log]
    assert sorted(keys) == sorted(expected)
    assert strategy.propose(len(log) + 1) is None


def test_a_grid_refuses_ranges():
    """The error names every range and how to list its values."""
    with pytest.raises(
        SearchError, match=r"dropout, learning_rate are ranges.*--set dropout=VALUE"
    ):
        run("grid", space(**LISTED, **RANGES), 1)


def test_an_unknown_strategy_is_refused_with_the_near_miss():
    """The error lists the strategies."""
    with pytest.raises(SearchError, match=r"bayesian, grid, hyperband, random.*'hyperband'"):
        run("hyperbnad", space(**LISTED), 1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**40), st.text(max_size=20))
def test_a_derived_seed_fits_everything_that_takes_one(seed, purpose):
    """Seeds are in [1, 2**31), repeatable, and another purpose gives another one."""
    derived = derive_seed(seed, purpose)
    assert 1 <= derived < 2**31
    assert derived == derive_seed(seed, purpose)
    assert derived != derive_seed(seed, purpose, "more")


def tails_cost(values: dict, epochs: int) -> float:
    """Ten an epoch for a tail, nothing for a head."""
    return 10.0 * epochs if values["unfreeze"] else 0.0


@pytest.mark.parametrize("name", ["bayesian", "hyperband", "random"])
def test_nothing_dear_is_proposed_without_an_allowance(name):
    """Heads alone while there are new ones; with an allowance tails too."""
    for allowance, kinds in ((5, {False}), (10**6, {False, True})):
        strategy = Strategy(
            name, over(name), direction="max", trials=20, epochs=9, seed=0, cost=tails_cost
        )
        found = set()
        for number in range(1, 21):
            proposal = strategy.propose(number, allowance)
            strategy.tell(number, score(proposal.values))
            found.add(bool(proposal.values["unfreeze"]))
        assert found == kinds


def test_the_cheapest_is_proposed_where_everything_is_dear():
    """A space of tails alone is searched all the same."""
    dear = space(unfreeze=Choice(2, "all"), dropout=Float(0, 0.5))
    strategy = Strategy(
        "random",
        dear,
        direction="max",
        trials=9,
        epochs=9,
        seed=0,
        cost=lambda values, epochs: 1.0 if values["unfreeze"] == 2 else 2.0,
    )
    for number in range(1, 10):
        proposal = strategy.propose(number, 0)
        strategy.tell(number, 0.5)
        assert proposal.values["unfreeze"] == 2


@pytest.mark.parametrize("name", ["bayesian", "hyperband", "random"])
def test_allowances_are_replayed(name):
    """The log says what each trial was allowed to cost, so a strategy that is rebuilt proposes the same."""
    options = {"direction": "max", "trials": 20, "epochs": 9, "seed": 0, "cost": tails_cost}
    allowances = [0, 200, 50, 0, 1000, 0, 0, 30, 90, 0]
    whole, log = Strategy(name, over(name), **options), []
    for number, allowance in enumerate(allowances, 1):
        proposal = whole.propose(number, allowance)
        result = score(proposal.values)
        whole.tell(number, result)
        log.append((number, json.loads(json.dumps(proposal.record)), result))
    again = Strategy(name, over(name), **options)
    again.replay([(n, record) for n, record, _ in log[:6]], [(n, r) for n, _, r in log[:6]])
    for number, record, result in log[6:]:
        assert again.propose(number, record["allowance"]).record == record
        again.tell(number, result)
