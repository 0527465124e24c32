"""Trials and fits as records."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.reports import Fit, StudyError, Trial

finite = st.floats(allow_nan=False, allow_infinity=False)
fits = st.builds(
    Fit,
    seed=st.integers(0, 2**31),
    fold=st.integers(0, 9),
    repeat=st.integers(0, 9),
    score=finite,
    metrics=st.dictionaries(st.sampled_from(["accuracy", "loss"]), finite),
    epochs=st.integers(0, 999),
    best_epoch=st.integers(0, 999),
    seconds=finite,
)
trials = st.builds(
    Trial,
    number=st.integers(1, 10_000),
    status=st.sampled_from(["completed", "failed"]),
    recipe=st.dictionaries(
        st.text(max_size=9), st.text(max_size=9) | st.integers() | finite | st.booleans()
    ),
    score=st.none() | finite,
    fits=st.lists(fits, max_size=3).map(tuple),
    seconds=finite,
    parameters=st.fixed_dictionaries({"total": st.integers(0), "trainable": st.integers(0)}),
    cause=st.none() | st.text(),
)


@given(trials)
def test_trial_survives_json(trial):
    """A trial comes back equal after a trip through strict JSON."""
    assert Trial.from_dict(json.loads(json.dumps(trial.as_dict(), allow_nan=False))) == trial


def test_nan_never_reaches_the_record():
    """A diverged fit is null in the record, reads as NaN again, and its trial is not ranked."""
    fit = Fit(0, 0, 0, math.nan, {"loss": math.inf, "accuracy": np.float32(0.25)}, 3, 1, 1.0)
    trial = Trial(1, "completed", {"dense": (64, 32)}, math.nan, (fit,))
    record = trial.as_dict()
    assert record["score"] is None
    assert record["fits"][0]["metrics"] == {"loss": None, "accuracy": 0.25}
    assert record["recipe"] == {"dense": [64, 32]}
    back = Trial.from_dict(record)
    assert math.isnan(back.fits[0].score)
    assert not trial.scored
    assert not back.scored


def test_fields_of_later_versions_are_left_out():
    """A record with more fields than this version knows is read."""
    record = {**Trial(1, "failed", {}, cause="?").as_dict(), "colour": "red", "kind": "trial"}
    assert Trial.from_dict(record) == Trial(1, "failed", {}, cause="?")


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"number": 0, "status": "failed", "recipe": {}},
        {"number": 1, "status": "done", "recipe": {}},
        {"number": 1, "status": "failed", "recipe": []},
        {"number": 1, "status": "failed", "recipe": {}, "score": "high"},
        {"number": 1, "status": "failed", "recipe": {}, "fits": [3]},
    ],
)
def test_what_is_no_trial_is_refused(record):
    """A record that is no trial is a StudyError of one line, not a crash later."""
    with pytest.raises(StudyError, match="not a trial") as error:
        Trial.from_dict(record)
    assert "\n" not in str(error.value)
