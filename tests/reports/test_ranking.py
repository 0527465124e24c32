"""The order of kinds, from the simplest."""

from __future__ import annotations

import pytest

from transfertune.reports.ranking import simplicity


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ({"classifier": "most_frequent"}, 0),
        ({"classifier": "logistic"}, 0),
        ({"classifier": "neighbours"}, 1),
        ({"classifier": "dense", "unfreeze": 0}, 2),
        ({"classifier": "dense"}, 2),
        ({"classifier": "dense", "unfreeze": 20}, 3),
        ({"classifier": "dense", "unfreeze": "all"}, 3),
    ],
)
def test_kinds_from_the_simplest(new_trial, recipe, kind):
    """The probe before neighbours, both before a head that is trained, that before layers that are fine-tuned."""
    assert simplicity(new_trial(1, recipe=recipe)) == kind
