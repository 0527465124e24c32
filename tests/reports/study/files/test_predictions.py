"""Predictions: the arrays that were written come back, and nothing else is read as predictions."""

import numpy as np
import pytest

from transfertune.reports import StudyError, read_predictions, write_predictions


def arrays(count: int = 7, classes: int = 3) -> dict[str, np.ndarray]:
    """The predictions of some images, without their slots."""
    rng = np.random.default_rng(0)
    return {
        "indices": np.arange(count)[::-1].copy(),
        "labels": rng.integers(0, classes, count),
        "probabilities": rng.random((count, classes)).astype(np.float32),
    }


@pytest.mark.parametrize("count", [0, 7])
def test_arrays_come_back(tmp_path, count):
    """All five, with their types; the slots are 0 where none are given."""
    slots = {"repeats": np.arange(count, dtype=np.int16), "folds": np.ones(count, np.int16)}
    for written in (arrays(count), arrays(count) | slots):
        write_predictions(tmp_path / "p.npz", written)
        read = read_predictions(tmp_path / "p.npz")
        for name, array in read.items():
            wanted = written.get(name, np.zeros(count, np.int16))
            np.testing.assert_array_equal(array, wanted)
            assert array.dtype == wanted.dtype


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": np.zeros(6, np.int64)},
        {"labels": np.full(7, 3)},
        {"labels": np.zeros(7)},
        {"probabilities": np.zeros(7, np.float32)},
        {"folds": np.zeros(6, np.int16)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, changes):
    """Wrong shapes and labels are damage, said in one line."""
    write_predictions(tmp_path / "p.npz", arrays() | changes)
    with pytest.raises(StudyError, match="is damaged"):
        read_predictions(tmp_path / "p.npz")
