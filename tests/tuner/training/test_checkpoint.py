"""The state of a fit survives its file exactly."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from transfertune.tuner.training.checkpoint import FitState

FLOATS = st.floats(allow_nan=False)
LISTS = st.lists(
    arrays.arrays(np.float32, arrays.array_shapes(min_dims=0, max_dims=3, max_side=3)), max_size=12
)
STATES = st.builds(
    FitState,
    epoch=st.integers(0, 99),
    stage=st.sampled_from(["head", "fine-tune"]),
    rate=FLOATS,
    best_loss=FLOATS.filter(lambda x: x > -math.inf),
    stopped=st.booleans(),
    history=st.lists(
        st.fixed_dictionaries({"epoch": st.integers(), "loss": st.none()}), max_size=3
    ),
    weights=LISTS,
    optimizer=LISTS,
    best=LISTS,
)


@given(STATES)
def test_a_state_survives_its_file(tmp_path_factory, state):
    """Every number and array comes back, shapes and types included, infinity too."""
    file = tmp_path_factory.mktemp("state") / "state.npz"
    state.save(file)
    loaded, saved = asdict(FitState.load(file)), asdict(state)
    for name in ("weights", "optimizer", "best"):
        pairs = list(zip(loaded.pop(name), saved.pop(name), strict=True))
        assert all(a.dtype == b.dtype and a.shape == b.shape for a, b in pairs)
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)
    assert loaded == saved
    assert [path.name for path in file.parent.iterdir()] == ["state.npz"]
