"""The options of a search: their default number of trials, frozen values, and mistakes that are named at once."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from transfertune.reports import CostLimits
from transfertune.tuner.errors import SearchError
from transfertune.tuner.operations.options import (
    DataOptions,
    ExecutionOptions,
    SearchOptions,
    StoppingOptions,
    default_trials,
)


@pytest.fixture
def new_options(new_space, tmp_path):
    """Return the maker of options on the tiny space, called with the values that differ."""

    def make(
        *, trials=4, budget=None, epochs=3, workers=1, source="images", **values
    ) -> SearchOptions:
        options = {
            "space": new_space(),
            "views_are_set": False,
            "weights": "none",
            "strategy": "random",
            "objective": "accuracy",
            "seed": 0,
            "comparison": False,
            "cost_limits": CostLimits(),
            "retrain_winner": True,
            "command": None,
        }
        return SearchOptions(
            data=DataOptions(source, None, None, None, None),
            stopping=StoppingOptions(trials, budget, epochs),
            execution=ExecutionOptions(tmp_path / "study", tmp_path / "cache", workers, False),
            **{**options, **values},
        )

    return make


def test_options_are_frozen(new_options):
    """Neither they nor their parts can be changed once they are checked."""
    options = new_options()
    for part, name in ((options, "seed"), (options.data, "folds"), (options.stopping, "budget")):
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, 3)


@pytest.mark.parametrize(
    ("strategy", "budget", "trials"),
    [("random", None, 4), ("listed", None, 2), ("random", 60.0, None), ("listed", 60.0, None)],
)
def test_the_number_of_trials_has_a_default(new_space, strategy, budget, trials):
    """The space's number, or that of its listed runs; with a budget as many as fit."""
    space = replace(new_space(), runs=({"dense": "none"}, {"dense": "8"}))
    assert default_trials(space, strategy, budget) == trials


def test_all_mistakes_are_named_at_once(new_options):
    """In one line, whichever option they are of."""
    with pytest.raises(SearchError) as caught:
        new_options(
            trials=0,
            budget=-1,
            epochs=0,
            seed=-1,
            workers=True,
            source=None,
            objective="auk",
            strategy="rand",
        )
    message = str(caught.value)
    for words in (
        "trials must be a whole number from 1, but got 0.",
        "budget must be more than 0 seconds, but got -1.",
        "epochs must be a whole number from 1, but got 0.",
        "The space tiny has no data set of its own",
        "seed must be a whole number from 0, but got -1.",
        "workers must be a whole number from 1, but got True.",
        "Unknown objective 'auk'",
        "Unknown strategy 'rand'",
    ):
        assert words in message
    assert "\n" not in message
