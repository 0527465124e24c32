"""Checkpoints of unfinished fits: read back by their key, forgotten when they are not needed."""

from __future__ import annotations

import numpy as np

from transfertune.reports import TrialPaths
from transfertune.tuner.training.checkpoint import FitState
from transfertune.tuner.trials.fit_states import forget_states, read_state


def test_a_state_is_read_back_by_its_key_alone(tmp_path):
    """Missing, torn, or of another fit: then there is no state."""
    file = TrialPaths(tmp_path).state(1, 3)
    assert read_state(file, "mine") is None
    FitState(key="mine", epoch=4, weights=[np.ones(3, np.float32)]).save(file)
    assert read_state(file, "mine").epoch == 4
    assert read_state(file, "other") is None
    file.write_bytes(file.read_bytes()[:-200])
    assert read_state(file, "mine") is None


def test_states_are_forgotten_and_nothing_else(tmp_path):
    """What serves to go on is deleted; the facts stay."""
    paths = TrialPaths(tmp_path)
    for file in (paths.fits, paths.history, paths.predictions):
        file.touch()
    FitState(key="key").save(paths.state(0, 0))
    FitState(key="key").save(paths.state(3, 12))
    forget_states(paths)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["fits.json", "history.csv", "predictions.npz"]
