"""Everything planted in a folder of drawn images is found, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "data_check.py"


def run(*options: str) -> str:
    """Run the measuring program and return what it prints."""
    words = [sys.executable, str(BENCHMARK), *options]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_all_that_is_planted_is_found_and_nothing_else():
    """Two faults of each of the 22 kinds, among 130 drawn images."""
    assert "found 44 of 44; not planted: 0" in run("--drawn", "130", "--planted", "2")


@pytest.mark.slow
def test_many_planted_faults_are_found():
    """Twenty of each kind, among 1,200 drawn images."""
    assert "; not planted: 0" in run("--drawn", "1200", "--planted", "20", "--seed", "1")
