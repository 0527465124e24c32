"""Where the values of a hyperparameter stand."""

import pytest

from transfertune.reports.page.plots.hyperparameter_axis import hyperparameter_axis


def test_choices_stand_in_the_order_of_the_space():
    """Values of a choice are steps in the space's own order; what is absent stands below them."""
    domain = {"kind": "choice", "values": ["none", "light", "strong"]}
    axis = hyperparameter_axis(["strong", None, "none", "light"], domain)
    assert [axis.place(value) for value in (None, "none", "light", "strong")] == [-1, 0, 1, 2]
    assert axis.ticks[0] == (None, "absent")
    assert (axis.share(None), axis.share("strong")) == (0, 1)


def test_rates_stand_by_their_powers_of_ten():
    """A logarithmic domain puts the geometric mean in the middle."""
    axis = hyperparameter_axis([1e-4, 1e-2, 3e-3], {"kind": "float", "log": True})
    assert axis.kind == "log"
    assert axis.share(1e-3) == pytest.approx(0.5)
    assert [label for _, label in axis.ticks] == ["0.0001", "0.001", "0.01"]


@pytest.mark.parametrize("values", [[1], ["a"], [None, 2.0], [True, False], [0, "all", 20]])
def test_any_values_have_places(values):
    """One value, mixed kinds and absent ones all have different places within the axis."""
    axis = hyperparameter_axis(values, None)
    places = [axis.place(value) for value in values]
    assert len(set(places)) == len(values)
    assert all(0 <= axis.share(value) <= 1 for value in values)


def test_numbers_without_a_domain_are_a_range():
    """Many different numbers are drawn to scale, also where the space does not say what they are."""
    axis = hyperparameter_axis(list(range(10)), None)
    assert (axis.kind, axis.share(9), axis.share(0)) == ("linear", 1, 0)
