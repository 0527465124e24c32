"""One holder at a time, and a dead one holds nothing."""

from __future__ import annotations

import subprocess
import sys
import threading

from transfertune.datasets.file_lock import file_lock

HOLD = """
import pathlib, sys
from transfertune.datasets.file_lock import file_lock
with file_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_threads_wait_for_each_other(tmp_path):
    """Two threads of one process are never inside at the same time."""
    inside, most = [], []

    def work():
        for _ in range(20):
            with file_lock(tmp_path / "new" / ".lock"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 60
    assert set(most) == {1}


def test_a_killed_holder_holds_nothing(tmp_path):
    """Whoever waits goes on once the holder is dead."""
    path = tmp_path / ".lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline().strip() == b"held"
    entered = threading.Event()

    def enter():
        with file_lock(path):
            entered.set()

    waiting = threading.Thread(target=enter)
    waiting.start()
    assert not entered.wait(0.3)
    holder.kill()
    holder.communicate()
    waiting.join(30)
    assert entered.is_set()
