"""The options of a search: what is filled in, that they are frozen, and that all mistakes are named at once."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from transfertune.reports import CostLimits
from transfertune.tuner.errors import SearchError
from transfertune.tuner.operations.options import SearchOptions

ARGUMENTS = {
    "data": "images",
    "weights": "none",
    "strategy": "random",
    "trials": None,
    "budget": None,
    "epochs": None,
    "objective": "accuracy",
    "settings": None,
    "seed": 0,
    "per_class": None,
    "study": None,
    "cache": None,
    "folds": None,
    "repeats": None,
    "workers": 1,
    "every_fit": False,
    "limits": None,
    "in_process": False,
    "retrain_winner": True,
    "command": None,
}


@pytest.fixture
def new_options(new_space):
    """Return the maker of options on the tiny space, called with the arguments that differ."""

    def make(space=None, **arguments) -> SearchOptions:
        return SearchOptions.of(space or new_space(), **{**ARGUMENTS, **arguments})

    return make


def test_options_are_frozen(new_options):
    """Neither they nor their parts can be changed once they are checked."""
    options = new_options()
    for part, name in ((options, "seed"), (options.data, "folds"), (options.stopping, "budget")):
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, 3)


def test_the_space_fills_in_what_is_missing(new_options, cache):
    """Its numbers of trials and epochs, a folder with its name, and no limits."""
    options = new_options()
    assert (options.stopping.max_trials, options.stopping.epochs) == (4, 3)
    assert options.execution.study == Path("studies/tiny")
    assert options.execution.cache == cache
    assert options.cost_limits == CostLimits()


def test_a_budget_alone_limits_no_number(new_options):
    """As many trials run as the time allows."""
    assert new_options(budget=60.0).stopping.max_trials is None
    assert new_options(budget=60.0, trials=2).stopping.max_trials == 2


def test_listed_runs_are_all_tried(new_options, new_space):
    """Their number is the number of trials."""
    space = replace(new_space(), runs=({"dense": "none"}, {"dense": "8"}))
    assert new_options(space, strategy="listed").stopping.max_trials == 2


def test_settings_narrow_the_space(new_options):
    """The options have the space that is searched."""
    options = new_options(settings={"dropout": ["0.2"]})
    assert "dropout" not in options.space.searched()


def test_all_mistakes_are_named_at_once(new_options):
    """In one line, whichever option they are of."""
    with pytest.raises(SearchError) as caught:
        new_options(trials=0, budget=-1, seed=-1, workers=True, objective="auk", strategy="rand")
    message = str(caught.value)
    for words in (
        "trials must be a whole number from 1, but got 0.",
        "budget must be more than 0 seconds, but got -1.",
        "seed must be a whole number from 0, but got -1.",
        "workers must be a whole number from 1, but got True.",
        "Unknown objective 'auk'",
        "Unknown strategy 'rand'",
    ):
        assert words in message
    assert "\n" not in message
