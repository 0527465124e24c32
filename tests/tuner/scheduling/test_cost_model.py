"""What recipes cost in arithmetic, and what follows from it for fits, epochs and proposals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from transfertune.datasets import Policy
from transfertune.reports import Fit, Trial
from transfertune.search_spaces import Choice

POLICY = Policy("cross-validation", 5, 1, first_fits=5, costly_fits=1, fits=5)
MANY = 10**6  # images, so that the yardstick is the features' cost
FEATURES = 3e6 * MANY


@pytest.fixture
def space(new_space):
    """Heads, tails and augmented views on one backbone."""
    return new_space(
        backbone="drawn_net",
        image_size=64,
        pooling="gap",
        unfreeze=Choice(0, 1, 2),
        dense="none",
        dropout=0.0,
        learning_rate=0.01,
        batch_size=1000,
        augment=Choice("none", "light"),
    )


@pytest.fixture
def costs(new_costs, space):
    """What is searched costs three million multiplications an image."""
    return new_costs(POLICY, space=space, images=MANY, epochs=20)


def test_the_yardstick_is_what_the_probes_need(costs, new_costs, space):
    """All images through the backbone once, twice where mirrored, once for each size; more where that is little."""
    assert costs.yardstick == FEATURES
    mirrored = space.narrow({"predict_views": ["mirror"], "image_size": [64, 128]})
    assert new_costs(POLICY, space=mirrored, images=MANY).yardstick == FEATURES * 2 * (1 + 4)
    assert new_costs(POLICY, space=space, images=10).yardstick == 300e9


def test_a_tail_costs_its_layers_forward_and_backward(costs, space):
    """Three times its forward pass on what trains, once on what validates, and an update of each weight a step."""
    recipe = space.recipe({"unfreeze": 2, "augment": "none"}, epochs=20)
    head = 8 * 2
    train, validated, steps = MANY * 4 / 5, MANY / 5, 800
    forward = 2e6 + head
    expected = 3 * forward * train + forward * validated + 50 * (200 + head) * steps
    assert costs.fit(recipe, 4) == pytest.approx(4 * expected)
    # The layers before it run once for all images.
    assert costs.passes(recipe, 4) == 1e6 * MANY


def test_a_probe_costs_nothing_beyond_its_features(costs, space):
    """It is the yardstick, not a choice; nor do heads on the same features need another pass."""
    probe = space.recipe({"classifier": "logistic", "augment": "none"}, epochs=20)
    assert costs.first_look(probe, 20) == 0
    head = space.recipe({"unfreeze": 0, "augment": "none"}, epochs=20)
    assert costs.passes(head, 20) == 0 < costs.fit(head, 20) < 0.01 * FEATURES


def test_only_views_that_an_epoch_trains_on_are_computed(costs, space):
    """Two epochs need two of four augmented views."""
    head = space.recipe({"unfreeze": 0, "augment": "light"}, epochs=20)
    assert head.views == 4
    assert [costs.passes(head, epochs) for epochs in (2, 4, 20)] == [2 * FEATURES] + 2 * [
        4 * FEATURES
    ]


def test_dear_recipes_get_fewer_fits_and_epochs(costs, space):
    """A cheap head gets all of both; a tail one fit of as many epochs as a quarter of the yardstick pays for."""
    head = space.recipe({"unfreeze": 0, "augment": "none"}, epochs=20)
    tail = space.recipe({"unfreeze": 1, "augment": "none"}, epochs=20)
    assert (costs.first_fits(head.as_dict()), costs.epochs(head, 20, 0)) == (5, 20)
    assert (costs.first_fits(tail.as_dict()), costs.epochs(tail, 20, 0)) == (1, 1)
    assert costs.epochs(tail, 20, 200) == 2  # a long search looks deeper
    after_head = replace(tail, head_epochs=6)
    assert costs.epochs(after_head, 20, 0) == 7  # epochs of the head alone are cheap


def test_comparisons_and_spaces_without_a_cheap_recipe_are_not_limited(new_costs, space):
    """All recipes of a comparison are treated alike; whoever asks for tails alone gets them."""
    tail = space.recipe({"unfreeze": 1, "augment": "none"}, epochs=20)
    compared = new_costs(POLICY, space=space, images=MANY, limited=False)
    assert (compared.first_fits(tail.as_dict()), compared.epochs(tail, 20, 0)) == (5, 20)
    alone = new_costs(POLICY, space=space.narrow({"unfreeze": [1, 2]}), images=MANY)
    assert (alone.first_fits(tail.as_dict()), alone.epochs(tail, 20, 0)) == (1, 20)
    assert alone.first_look(tail, 20) == 0


def test_the_allowance_grows_with_the_search_and_falls_with_what_was_spent(costs):
    """Cheap recipes are always allowed."""
    assert costs.allowance(0.0, 0) == FEATURES / 2
    assert costs.allowance(0.0, 20) == FEATURES
    assert costs.allowance(0.25 * FEATURES, 0) == FEATURES / 4
    assert costs.allowance(9 * FEATURES, 0) == 0.05 * FEATURES


def test_a_trial_has_cost_its_fits_and_passes(costs, space):
    """Those that it ran, with the epochs that they ran."""
    recipe = space.recipe({"unfreeze": 1, "augment": "none"}, epochs=20)
    fits = tuple(Fit(1, fold, 0, 0.5, {}, epochs=3) for fold in (0, 1))
    trial = Trial(1, "completed", recipe.as_dict(), 0.5, fits)
    first, further = costs.of_fits(trial)
    assert first == further == costs.fit(recipe, 3)
    assert costs.of_trial(trial) == first + further + costs.passes(recipe, 3)
