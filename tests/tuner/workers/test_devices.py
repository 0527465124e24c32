"""What workers get of the machine: GPUs and cores."""

from __future__ import annotations

import pytest

from transfertune.tuner.workers.devices import environment_of, threads_of, visible_gpus


@pytest.mark.parametrize(
    ("named", "gpus"),
    [
        ("0,1", ["0", "1"]),
        ("", []),
        ("-1", []),
        ("2,-1,3", ["2"]),
        ("GPU-8f, GPU-1a", ["GPU-8f", "GPU-1a"]),
    ],
)
def test_visible_gpus_are_what_the_environment_says(named, gpus, monkeypatch):
    """CUDA's own reading of its variable."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert visible_gpus() == gpus


def test_gpus_are_shared_out(monkeypatch):
    """Round robin; sharers of a GPU take memory as they need it; without GPUs nothing is set."""
    one_each = [environment_of(i, 2, ["0", "1"]) for i in range(2)]
    assert one_each == [{"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_VISIBLE_DEVICES": "1"}]
    shared = environment_of(1, 2, ["0"])
    assert shared["CUDA_VISIBLE_DEVICES"] == "0"
    assert shared["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert environment_of(0, 2, []) == {}


def test_cores_are_shared_out():
    """One worker has them all."""
    assert threads_of(1) is None
    assert threads_of(10_000) == 1
