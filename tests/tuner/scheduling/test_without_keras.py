"""Scheduling decides on numbers alone, so its tests run without Keras."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = (
    "state",
    "scheduler",
    "budget",
    "request",
    "listeners",
    "living_report",
    "race",
    "cost_model",
)

CHILD = """
import sys, pytest
status = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]])
assert status == 0, status
assert not {"keras", "keras_tuner", "tensorflow"} & set(sys.modules)
"""


def test_scheduling_needs_no_keras():
    """The tests of scheduling pass in a process that imports neither Keras nor TensorFlow."""
    files = [str(Path(__file__).parent / f"test_{name}.py") for name in NAMES]
    files.append(str(Path(__file__).parents[1] / "operations" / "test_options.py"))
    child = [sys.executable, "-c", CHILD, *files]
    done = subprocess.run(child, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
