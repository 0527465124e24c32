"""The columns of TensorBoard's HParams table."""

import pytest

from transfertune.reports.tensorboard.columns import Column, Columns

CHOICE = {"kind": "choice", "values": [0, 10]}
RANGE = {"kind": "float", "low": 0.1, "high": 0.2, "log": False}


@pytest.mark.parametrize(
    ("domain", "occurring", "shown", "values", "ends"),
    [
        (CHOICE, [12], float, (0, 10, 12), (None, None)),
        (CHOICE, ["all"], str, ("0", "10", "all"), (None, None)),
        ({"kind": "choice", "values": [True]}, [False], bool, (True, False), (None, None)),
        (RANGE, [0.5, 0.05], float, (), (0.05, 0.5)),
        (RANGE, ["cv"], str, (), (None, None)),
        ({"kind": "int", "low": 1, "high": 9, "log": True}, [], float, (), (1, 9)),
        (None, ["a", "b"], str, ("a", "b"), (None, None)),
    ],
)
def test_a_column_holds_what_is_allowed_and_what_occurs(domain, occurring, shown, values, ends):
    """Values that can be ticked, or one range; strings beside a range can be searched for."""
    column = Column.of("x", domain, occurring)
    assert (column.shown, column.values, (column.low, column.high)) == (shown, values, ends)
    assert column.varies
    column.declare()


def names(columns):
    """The names of the columns that are declared."""
    return [info.name for info in columns.declare()]


def test_only_what_differs_has_a_column():
    """A fixed hyperparameter has one as soon as a recipe differs in it."""
    fixed = {"classifier": {"kind": "choice", "values": ["head"]}, "dropout": RANGE}
    columns = Columns(fixed, [{"classifier": "head", "dropout": 0.1}])
    assert names(columns) == ["dropout"]
    assert not columns.add({"classifier": "head", "dropout": 0.15})
    assert columns.add({"classifier": "logistic", "feature_scaling": "none"})
    assert not columns.add({"classifier": "logistic", "feature_scaling": "none"})
    assert columns.add({"classifier": "logistic", "feature_scaling": "standard"})
    assert names(columns) == ["classifier", "dropout", "feature_scaling"]


def test_a_column_keeps_its_type():
    """A value that does not fit the type with which other trials were shown is left out of its row."""
    columns = Columns({"unfreeze": CHOICE})
    assert columns.shown({"unfreeze": 10}) == {"unfreeze": 10.0}
    assert not columns.add({"unfreeze": "all"})
    assert columns.shown({"unfreeze": "all"}) == {}
    foreseen = Columns({"unfreeze": CHOICE}, [{"unfreeze": "all"}])
    assert foreseen.shown({"unfreeze": 10}) == {"unfreeze": "10"}
