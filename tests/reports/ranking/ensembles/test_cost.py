"""What an ensemble costs: shared passes once, everything else added up."""

from __future__ import annotations

from transfertune.reports import Trial, ensemble_cost

PROBE = {"backbone": "mobilenet_v2", "image_size": 224, "predict_views": "mirror"}


def member(number: int, milliseconds: float | None = 10.0, head: int = 10, **recipe) -> Trial:
    """Return a trial on a backbone of 1,000 weights."""
    parameters = {"total": 1000 + head, "trainable": head}
    values = {**PROBE, **recipe}
    return Trial(number, "completed", values, 0.5, parameters=parameters, milliseconds=milliseconds)


def test_members_on_one_backbone_share_its_pass():
    """The slowest one's time counts, and the backbone's weights once."""
    cost = ensemble_cost([member(1), member(2, 12.0, head=30)])
    assert (cost.milliseconds, cost.total, cost.trainable) == (12.0, 1040, 40)
    assert cost.megabytes == 4 * 1040 / 1e6


def test_another_size_or_view_is_another_pass():
    """So is another backbone."""
    resizing = 2 * 320 * 224
    for other, more in (
        ({"image_size": 320}, resizing),
        ({"predict_views": "none"}, 0),
        ({"backbone": "resnet50"}, 0),
    ):
        cost = ensemble_cost([member(1), member(2, 12.0, **other)])
        assert (cost.milliseconds, cost.total) == (22.0, 2020 + more)


def test_a_trained_backbone_is_shared_with_none():
    """Two fine-tuned members have different weights, and networks from scratch too."""
    for recipe in ({"unfreeze": 20}, {"depth": 3}):
        cost = ensemble_cost([member(1, **recipe), member(2, **recipe)])
        assert (cost.milliseconds, cost.total) == (20.0, 2020)


def test_an_unknown_time_is_unknown():
    """The sum of what is known would be too low."""
    assert ensemble_cost([member(1), member(2, None)]).milliseconds is None
