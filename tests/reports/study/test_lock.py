"""One writer a study."""

from __future__ import annotations

import subprocess
import sys

import pytest

from transfertune.reports import StudyError
from transfertune.reports.study.lock import only_writer

HOLD = """
import sys
from pathlib import Path
from transfertune.reports.study.lock import only_writer
with only_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_the_first_is(tmp_path):
    """While one process holds the lock another is refused with its number; a killed holder holds nothing."""
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        with (
            pytest.raises(StudyError, match=f"worked on by process {first.pid}"),
            only_writer(tmp_path),
        ):
            pytest.fail("two writers")
        first.kill()
    with only_writer(tmp_path):
        pass
