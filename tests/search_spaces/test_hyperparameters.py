"""The table of hyperparameters: its names, its defaults, what each takes and when it applies."""

from __future__ import annotations

import pytest

from transfertune.search_spaces import BACKBONES, HYPERPARAMETERS, SpaceError

INTERFACE = [
    "backbone",
    "pooling",
    "dense",
    "dropout",
    "learning_rate",
    "batch_size",
    "steps_per_epoch",
    "unfreeze",
    "head_epochs",
    "fine_tune_rate",
    "optimizer",
    "l2",
    "augment",
    "patience",
]
ROWS = HYPERPARAMETERS.values()


def ids(row):
    """Name a row in the test's id."""
    return row.name


def test_the_promised_names_are_there():
    """The names are an interface: logs and command lines depend on them."""
    assert set(INTERFACE) <= set(HYPERPARAMETERS)


def test_the_promised_backbones_are_there():
    """The backbones' names are an interface too; the table is in alphabetical order."""
    promised = (
        "resnet50 inception_resnet_v2 mobilenet_v2 mobilenet_v2_035 mobilenet_v3_small "
        "mobilenet_v3_large nasnet_mobile efficientnet_b0 efficientnet_v2_b0 drawn_net "
        "mobilenet_v3_small_1000 plain_cnn residual_net convnext_base convnext_small convnext_tiny "
        "densenet121 efficientnet_v2_m efficientnet_v2_s mobilenet_025 resnet50_v2 xception"
    )
    assert set(promised.split()) <= set(BACKBONES)
    assert sorted(BACKBONES) == list(BACKBONES)


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_a_default_is_a_value(row):
    """Every default is what its own row reads, from itself and from its text."""
    assert row.read(row.default) == row.default
    assert row.read(str(row.default)) == row.default
    assert type(row.read(str(row.default))) is type(row.default)


@pytest.mark.parametrize("row", ROWS, ids=ids)
@pytest.mark.parametrize(
    "value", ["nonsense", None, float("nan"), float("inf"), -1, [1], "", "a\nb"]
)
def test_nonsense_is_refused_on_one_line(row, value):
    """The error names the hyperparameter, the value and what is allowed, on one line."""
    with pytest.raises(SpaceError) as caught:
        row.read(value)
    message = str(caught.value)
    assert message.startswith(f"{row.name} is ")
    assert row.allowed in message
    assert repr(value) in message
    assert "\n" not in message


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_conditions_look_back(row):
    """A condition names an earlier row and a value that this row takes."""
    names = list(HYPERPARAMETERS)
    for parent, meaningless in row.excluded_by:
        assert names.index(parent) < names.index(row.name)
        assert HYPERPARAMETERS[parent].read(meaningless) == meaningless


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("batch_size", "16", 16),
        ("batch_size", 16.0, 16),
        ("batch_norm", "Yes", True),
        ("batch_norm", "false", False),
        ("dense", 128, "128"),
        ("dense", "256-128", "256-128"),
        ("dense", "064", "64"),
        ("image_size", "160", 160),
        ("l2", "1e-4", 1e-4),
        ("steps_per_epoch", "7", 7),
        ("steps_per_epoch", "full", "full"),
        ("unfreeze", "all", "all"),
        ("unfreeze", "20", 20),
        ("unfreeze", "2b", "2 blocks"),
        ("unfreeze", "1 blocks", "1 block"),
        ("unfreeze", "12 block", "12 blocks"),
        ("unfreeze", "40%", "40%"),
        ("unfreeze", "12.50 %", "12.5%"),
        ("unfreeze", "0%", 0),
        ("unfreeze", "100%", "all"),
    ],
)
def test_a_text_becomes_its_value(name, given, read):
    """What a command line gives is read into the value's own type."""
    value = HYPERPARAMETERS[name].read(given)
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("batch_size", 2.5),
        ("batch_size", 0),
        ("batch_size", True),
        ("dense", "64-32-16-8"),
        ("dense", "64--32"),
        ("dense", "0"),
        ("dropout", 0.96),
        ("learning_rate", 0),
        ("steps_per_epoch", 0),
        ("unfreeze", "most"),
        ("unfreeze", "0b"),
        ("unfreeze", "2 stages"),
        ("unfreeze", "101%"),
        ("unfreeze", 0.4),
        ("image_size", 31),
    ],
)
def test_values_out_of_bounds_are_refused(name, given):
    """Bounds are those the row states."""
    with pytest.raises(SpaceError, match=name):
        HYPERPARAMETERS[name].read(given)


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("backbone", "resnet_50", "resnet50"),
        ("optimizer", "adm", "adam"),
        ("pooling", "flaten", "flatten"),
        ("augment", "lihgt", "light"),
    ],
)
def test_a_near_miss_is_suggested(name, given, meant):
    """A slip of the pen gets the word that was meant."""
    with pytest.raises(SpaceError, match=f"Did you mean '{meant}'"):
        HYPERPARAMETERS[name].read(given)


def test_augmentations_are_joined_in_one_order():
    """However joined changes are ordered, they are one value; none stands alone, and nothing twice."""
    row = HYPERPARAMETERS["augment"]
    assert row.read("noise+flip") == row.read("flip+noise") == "flip+noise"
    assert row.read("none") == "none"
    for wrong in ("none+flip", "flip+flip", "flip+", "flip noise"):
        with pytest.raises(SpaceError, match="augment is"):
            row.read(wrong)
