"""Random values for every hyperparameter, as hypothesis strategies."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from transfertune.search_spaces import BACKBONES

WIDTHS = st.lists(st.integers(1, 4096), min_size=1, max_size=3).map(
    lambda widths: "-".join(map(str, widths))
)
VALUES = {
    "backbone": st.sampled_from(sorted(BACKBONES)),
    "image_size": st.just("native") | st.integers(75, 1024),
    "resize": st.sampled_from(["crop", "pad", "stretch"]),
    "unfreeze": st.sampled_from(["all", "1 block", "7 blocks", "40%", "0.5%"]) | st.integers(0, 24),
    "depth": st.integers(1, 8),
    "width": st.integers(4, 512),
    "conv_activation": st.sampled_from(["elu", "gelu", "leaky_relu", "relu", "silu", "tanh"]),
    "conv_dropout": st.floats(0, 0.95),
    "pixel_scaling": st.sampled_from(["range", "standard"]),
    "pooling": st.sampled_from(["gap", "flatten"]),
    "token_pooling": st.sampled_from(["class", "mean", "both"]),
    "dense": st.just("none") | WIDTHS,
    "activation": st.sampled_from(["elu", "gelu", "leaky_relu", "relu", "silu", "tanh"]),
    "batch_norm": st.booleans(),
    "dropout": st.floats(0, 0.95),
    "l2": st.floats(0, 100),
    "optimizer": st.sampled_from(["adam", "adamw", "rmsprop", "sgd"]),
    "learning_rate": st.floats(1e-8, 10),
    "batch_size": st.integers(1, 4096),
    "steps_per_epoch": st.just("full") | st.integers(1, 1000),
    "head_epochs": st.integers(0, 1000),
    "fine_tune_rate": st.floats(1e-8, 10),
    "augment": st.sampled_from(["none", "light", "medium", "strong"]),
    "views": st.integers(1, 100),
    "patience": st.integers(1, 1000),
    "plateau_patience": st.integers(0, 1000),
    "plateau_factor": st.floats(0.01, 0.99),
    "min_learning_rate": st.floats(0, 10),
}


@pytest.fixture(scope="session")
def any_values():
    """Give back a strategy of dictionaries with some of the hyperparameters, each in its bounds."""
    return st.fixed_dictionaries({}, optional=VALUES).filter(_may_unfreeze)


def _may_unfreeze(values) -> bool:
    frozen = BACKBONES[values.get("backbone", "mobilenet_v2")].only_frozen
    return not frozen or values.get("unfreeze", 0) == 0
