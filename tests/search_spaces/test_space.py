"""Spaces: complete domains, narrowing, and all mistakes of one space at once."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.search_spaces import (
    BACKBONES,
    HYPERPARAMETERS,
    SPACES,
    Choice,
    Float,
    Int,
    Recipe,
    Space,
    SpaceError,
)


def space(**domains) -> Space:
    """A small space over the given domains."""
    return Space(name="mine", title="Mine", expects="anything", data=None, domains=domains)


def drawn(data: st.DataObject, domain):
    """Draw any value of a domain."""
    if isinstance(domain, Choice):
        return data.draw(st.sampled_from(domain.values))
    kind = st.integers if isinstance(domain, Int) else st.floats
    return data.draw(kind(domain.low, domain.high))


@pytest.mark.parametrize("name", sorted(SPACES))
@given(st.data())
def test_every_draw_of_a_built_in_space_is_a_recipe(name, data):
    """Any values of a shipped space's domains make a recipe that says them again."""
    chosen = {n: drawn(data, d) for n, d in SPACES[name].searched().items()}
    recipe = SPACES[name].recipe(chosen).as_dict()
    size = BACKBONES[recipe["backbone"]].pixels(chosen.get("image_size", recipe["image_size"]))
    said = {**chosen, "image_size": size}
    assert all(recipe[n] == value for n, value in said.items() if n in recipe)
    assert recipe["epochs"] == SPACES[name].epochs
    assert Recipe.from_dict(recipe).as_dict() == recipe


@pytest.mark.parametrize("name", sorted(SPACES))
def test_a_built_in_space_says_what_it_is_for(name):
    """Name, data, expectations and defaults are stated, and something is searched."""
    built_in = SPACES[name]
    assert built_in.name == name
    assert built_in.title
    assert built_in.expects
    assert built_in.epochs > 1
    assert built_in.trials > 1
    assert len(built_in.searched()) >= 3
    described = json.loads(json.dumps(built_in.as_dict()))
    assert described == built_in.as_dict()
    assert set(described["domains"]) == set(HYPERPARAMETERS)


@pytest.mark.parametrize("name", sorted(SPACES))
def test_a_head_stage_ends_before_the_fit_does(name):
    """A built-in space that fine-tunes leaves epochs for it."""
    built_in = SPACES[name]
    if built_in.domain("unfreeze") != Choice(0):
        assert built_in.domain("head_epochs").values[-1] < built_in.epochs


def test_what_a_space_leaves_out_stays_at_its_default():
    """Every hyperparameter has a domain; those not named are fixed."""
    mine = space(dropout=Float(0, 0.5), batch_size="16")
    assert list(mine.searched()) == ["dropout"]
    assert mine.fixed()["batch_size"] == 16
    assert mine.fixed()["optimizer"] == "adam"
    assert set(mine.searched()) | set(mine.fixed()) == set(HYPERPARAMETERS)


def test_what_may_apply_follows_from_the_domains():
    """A hyperparameter is left out only where every recipe of the space leaves it out."""
    frozen, tuned = space(), space(unfreeze=Choice(0, "2b"), head_epochs=3)
    apart = {"depth", "head_epochs", "fine_tune_rate", "views", "plateau_factor", "head_start"}
    assert {name for name in apart if frozen.may_apply(name)} == set()
    assert frozen.may_apply("learning_rate")
    assert frozen.may_apply("unfreeze")
    assert {"head_epochs", "fine_tune_rate"} <= {n for n in apart if tuned.may_apply(n)}
    mixed = space(backbone=Choice("plain_cnn", "mobilenet_v2"))
    assert all(mixed.may_apply(name) for name in ("depth", "unfreeze", "feature_dtype"))


RUNS = ({"dropout": 0.5, "batch_size": 8}, {"batch_size": "16"}, {"batch_size": 16, "l2": 0})


def listing(**changes) -> Space:
    """A space with runs."""
    return replace(space(dropout=Float(0, 0.3), batch_size=Choice(8, 32)), runs=RUNS, **changes)


def test_runs_are_recipes_each_once():
    """A run may leave the domains, what it leaves out is fixed or the default, and a recipe comes once, in order."""
    mine = listing()
    assert mine.listed() == [dict(RUNS[0]), dict(RUNS[1])]
    first, second = (mine.recipe(run) for run in mine.listed())
    assert (first.dropout, first.batch_size) == (0.5, 8)
    assert (second.dropout, second.batch_size) == (0.0, 16)
    assert json.loads(json.dumps(mine.as_dict())) == mine.as_dict()
    assert "runs" not in space().as_dict()


def test_narrowing_holds_for_runs():
    """A run keeps its value where it is among those that are set, and takes the first one where it is not."""
    narrow = listing().narrow({"batch_size": ["16", "64"], "optimizer": ["sgd"]})
    values = [(r.batch_size, r.optimizer) for r in map(narrow.recipe, narrow.listed())]
    assert values == [(16, "sgd"), (16, "sgd")]
    assert len(listing().narrow({"batch_size": ["4"], "dropout": ["0"]}).listed()) == 1


@pytest.mark.parametrize(
    ("run", "says"),
    [
        ({"dropuot": 0.1}, "run 1: Unknown hyperparameter 'dropuot'.*'dropout'"),
        ({"l2": -1}, "run 1: l2 is"),
        ({"backbone": "resnet50"}, "run 1: its backbone is not among those"),
    ],
)
def test_a_wrong_run_is_a_mistake_of_the_space(run, says):
    """Its number and what is wrong, on one line."""
    with pytest.raises(SpaceError, match=says):
        replace(space(), runs=(run,))


def test_parents_come_first():
    """The order of what is searched is the table's, however the space was written."""
    mine = space(fine_tune_rate=Float(1e-5, 1e-4), head_epochs=Choice(0, 2), unfreeze=Choice(0, 5))
    assert list(mine.searched()) == ["unfreeze", "head_epochs", "fine_tune_rate"]


def test_narrowing_fixes_one_value_and_lists_several():
    """Texts take their hyperparameter's type; doubles count once; the space itself stays as it was."""
    mine = space(batch_size=Choice(8, 16, 32), dense=Choice("none", "64"))
    narrow = mine.narrow({"batch_size": ["16"], "dense": ["128", "none", "128"]})
    assert narrow.domain("batch_size") == Choice(16)
    assert narrow.domain("dense") == Choice("128", "none")
    assert mine.domain("batch_size") == Choice(8, 16, 32)


def test_narrowing_may_leave_the_space():
    """A value outside the space's domain is the user's choice, as long as the hyperparameter takes it."""
    assert space(dropout=Float(0, 0.5)).narrow({"dropout": ["0.9"]}).domain("dropout") == Choice(
        0.9
    )


def test_narrowing_tells_all_mistakes_at_once():
    """One line holds every wrong name and value, with near misses."""
    with pytest.raises(SpaceError) as caught:
        space().narrow({"batchsize": ["8"], "dropout": ["2"], "optimizer": ["adma"]})
    message = str(caught.value)
    for part in ("'batchsize'", "'batch_size'", "dropout is", "'2'", "Did you mean 'adam'"):
        assert part in message
    assert "\n" not in message


def test_narrowing_to_nothing_is_refused():
    """An empty list of values leaves nothing to choose."""
    with pytest.raises(SpaceError, match="one value or more"):
        space().narrow({"dropout": []})


@given(st.data())
def test_narrowing_to_a_value_puts_it_into_every_recipe(any_values, data):
    """Whatever is set is in the recipe, unless it does not apply."""
    values = data.draw(any_values)
    settings = {name: [str(value)] for name, value in values.items()}
    recipe = space().narrow(settings).recipe({}).as_dict()
    for name, value in values.items():
        if name in recipe and value != "native":
            same = math.isclose if isinstance(value, float) else lambda a, b: a == b
            assert same(recipe[name], value)


def test_a_space_tells_all_its_mistakes_at_once():
    """Unknown names and values out of bounds of one space come together, on one line."""
    with pytest.raises(SpaceError) as caught:
        space(dropuot=0.1, l2=Choice(0, -1), learning_rate=Float(0, 1))
    message = str(caught.value)
    for part in ("Space 'mine'", "'dropuot'", "'dropout'", "l2 is", "-1", "learning_rate is"):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize("value", ["all", "1b", "40%", "5"])
def test_a_transformer_is_frozen_whole(value):
    """Where all backbones can only be frozen, unfreeze is 0: by itself, and anything else that is set is refused."""
    wide = space(unfreeze=Choice(0, 20), head_epochs=3)
    narrowed = wide.narrow({"backbone": ["dinov2_small", "vit_base"]})
    assert narrowed.domain("unfreeze") == Choice(0)
    recipe = narrowed.recipe({"backbone": "vit_base"})
    assert recipe.unfrozen == 0
    assert recipe.head_epochs is None
    with pytest.raises(SpaceError, match="unfreeze must be 0 for dinov2_small, which can only"):
        wide.narrow({"backbone": ["dinov2_small"], "unfreeze": [value]})
    with pytest.raises(SpaceError, match="unfreeze must be 0 for dinov2_small and vit_base"):
        space(backbone=Choice("dinov2_small", "vit_base"), unfreeze=Choice(0, 20))


def test_beside_a_transformer_others_are_unfrozen():
    """A choice of backbones may hold both kinds; what the transformer cannot do does not apply to it."""
    mixed = space(backbone=Choice("dinov2_small", "mobilenet_v2"), unfreeze=Choice(0, 20))
    assert mixed.recipe({"backbone": "dinov2_small", "unfreeze": 20}).unfrozen == 0
    assert mixed.recipe({"backbone": "mobilenet_v2", "unfreeze": 20}).unfrozen == 20


@pytest.mark.parametrize("backbone", ["dinov2_small", "mobilenet_v3_small_1000"])
def test_cutmix_needs_maps(backbone):
    """Frozen backbones without a feature map have nothing to cut a part from."""
    with pytest.raises(SpaceError, match=f"cutmix needs maps, but frozen {backbone} gives .*mixup"):
        space(backbone=Choice("mobilenet_v2", backbone), mix=Choice("none", "cutmix"))
    assert space(backbone=backbone, mix="mixup").recipe({}).mix == "mixup"


def test_a_size_that_a_backbone_cannot_take_is_a_mistake_of_the_space():
    """Every pair that does not fit is named before anything runs."""
    with pytest.raises(SpaceError, match="image_size 64 is below the 75 that inception_resnet_v2"):
        space(
            backbone=Choice("inception_resnet_v2", "mobilenet_v2"), image_size=Choice(64, "native")
        )


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("batch_size", Float(8, 64)),
        ("unfreeze", Float(0, 20)),
        ("dense", Int(16, 128)),
        ("batch_norm", Int(0, 1)),
        ("backbone", Int(0, 1)),
    ],
)
def test_a_range_of_something_else_is_refused(name, domain):
    """Fractions of a whole number, and numbers of a word, would fail in the middle of a search."""
    with pytest.raises(SpaceError, match=f"{name} is"):
        space(**{name: domain})


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("batch_size", Int(8, 64)),
        ("unfreeze", Int(0, 9)),
        ("dropout", Float(0, 0.5)),
        ("l2", Int(0, 9)),
    ],
)
def test_a_range_of_the_right_kind_is_kept(name, domain):
    """Whole numbers for whole ones, any number for a real one."""
    assert space(**{name: domain}).domain(name) == domain
