"""Out of memory: a trial is tried once more with half the batch, and says so."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.tuner.errors import WorkerDeath
from transfertune.tuner.trials.out_of_memory import is_out_of_memory, with_half_the_batch

FIXED = {
    "batch_size": [16],
    "dense": ["8"],
    "dropout": [0.1],
    "learning_rate": [0.01],
    "optimizer": ["rmsprop"],
}


@pytest.mark.parametrize(
    ("recipe", "images", "expected"),
    [
        ({"batch_size": 32, "steps_per_epoch": "full"}, 100, (16, 4)),
        ({"batch_size": 32, "steps_per_epoch": 7}, 100, (16, 7)),
        ({"batch_size": 64, "steps_per_epoch": "full"}, 9, (4, 1)),
        ({"batch_size": 3, "steps_per_epoch": "full"}, 9, (1, 3)),
    ],
)
def test_half_the_batch_is_as_many_steps(recipe, images, expected):
    """What is halved is the batch that was really used; an epoch keeps its number of steps."""
    smaller, note = with_half_the_batch({**recipe, "dropout": 0.2}, images)
    assert note == f"ran out of memory with batches of {recipe['batch_size']}, so half of it"
    assert (smaller["batch_size"], smaller["steps_per_epoch"]) == expected
    assert smaller["dropout"] == 0.2


@pytest.mark.parametrize("recipe", [{}, {"batch_size": 1, "steps_per_epoch": "full"}])
def test_what_has_no_batch_to_halve_is_not_tried_again(recipe):
    """A probe has no batch, and one image is the least."""
    assert with_half_the_batch(recipe, 50) is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("RESOURCE_EXHAUSTED: failed to allocate"), True),
        (WorkerDeath("the worker process was killed", out_of_memory=True), True),
        (WorkerDeath("the worker process died: out of memory", out_of_memory=False), False),
        (ValueError("shapes do not match"), False),
    ],
)
def test_a_lack_of_memory_is_recognized(error, expected):
    """By type or text, or by what killed a worker process."""
    assert is_out_of_memory(error) is expected


@pytest.fixture
def little_memory(monkeypatch):
    """Make steps on more than so many images run out of memory; the optimizer keeps other tests' networks apart."""
    from transfertune.tuner.training import network, train_step

    def limit(images: int, error: type[Exception] | None = None):
        import tensorflow as tf

        real = train_step.GraphTrainStep.train

        def train(self, inputs, targets, bounds):
            if np.diff(bounds).max() > images:
                if error is not None:
                    raise error("no more memory")
                raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
            return real(self, inputs, targets, bounds)

        monkeypatch.setattr(train_step.GraphTrainStep, "train", train)
        network.clear_compiled_networks()

    return limit


@pytest.mark.parametrize("error", [None, pytest.param(MemoryError, marks=pytest.mark.slow)])
def test_a_trial_without_memory_is_run_with_half_the_batch(
    run_search, searched, little_memory, tmp_path, error
):
    """It completes with the recipe that ran and a note, and the search goes on and resumes."""
    little_memory(8, error)
    study = run_search(tmp_path / "study", settings=FIXED, trials=1, epochs=2)
    (trial,) = searched(study)
    assert trial.status == "completed"
    assert (trial.recipe["batch_size"], trial.recipe["steps_per_epoch"]) == (8, 2)
    assert trial.note == "ran out of memory with batches of 16, so half of it"
    again = run_search(tmp_path / "study", settings=FIXED, trials=1, epochs=2)
    assert searched(again) == (trial,)


def test_a_trial_without_any_memory_fails_once(run_search, searched, little_memory, tmp_path):
    """Half the batch is tried, a quarter is not; the cause is kept."""
    little_memory(2)
    study = run_search(tmp_path / "study", settings=FIXED, trials=1, epochs=2)
    (trial,) = searched(study)
    assert (trial.status, trial.recipe["batch_size"]) == ("failed", 8)
    assert "ResourceExhaustedError" in trial.cause
    assert "OOM" in trial.cause
