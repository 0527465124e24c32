"""Runs one command of `whole_search.py` in a process group of its own, and measures it from outside."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

# Seconds between two looks at the processes' memory: fine enough for what lasts, and nearly free.
_LOOK_EVERY = 0.5


class CommandFailure(Exception):  # noqa: N818
    """A command ended with an error."""


def run_command(words: list[str], folder: Path, cache: Path) -> dict:
    """Run a command in a folder until it ends.

    Returns:
        `lines` of both outputs with the seconds at which each was read, seconds of `wall` and `cpu` (children
        included), and `mb`, peak memory: of the command's own process, of its largest process, and of all together.

    Raises:
        CommandFailure: it ended with an error.
    """
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TRANSFERTUNE_CACHE": str(cache),
    }
    lines: list[tuple[float, str]] = []
    peaks = {"command": 0.0, "all": 0.0}
    ended = threading.Event()
    started = time.perf_counter()
    child = subprocess.Popen(
        words,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    threads = [
        threading.Thread(target=_read, args=(child.stdout, lines, started)),
        threading.Thread(target=_watch, args=(child.pid, peaks, ended)),
    ]
    for thread in threads:
        thread.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        ended.set()
        # Its session is its own, so this ends whatever it left, and with it the pipe that is read.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    if child.returncode:
        last = lines[-1][1] if lines else ""
        raise CommandFailure(f"status {child.returncode} of {' '.join(words)}: {last}")
    largest = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return {
        "lines": lines,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mb": {"command": peaks["command"], "largest process": largest, "all": peaks["all"]},
    }


def _read(output, lines: list[tuple[float, str]], started: float) -> None:
    for line in output:
        lines.append((time.perf_counter() - started, line.rstrip()))


def _watch(number: int, peaks: dict[str, float], ended: threading.Event) -> None:
    while not ended.wait(_LOOK_EVERY):
        with contextlib.suppress(psutil.NoSuchProcess):
            command = psutil.Process(number)
            own = command.memory_info().rss / 2**20
            others = sum(_resident(child) for child in command.children(recursive=True))
            peaks["command"] = max(peaks["command"], own)
            peaks["all"] = max(peaks["all"], own + others)


def _resident(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 2**20
    except psutil.NoSuchProcess:
        return 0.0
