"""The child's side of a worker process: its setup, its events, and its end.

A child never outlives its parent. It ignores signals: a terminal's Ctrl-C goes to the whole group of processes, but
only the parent knows what must be finished first.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from ..cancellation import listen_to
from ..keras_setup import prepare_keras

READY, DONE = "process ready", "job done"
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Setup:
    """What a child needs to start.

    Attributes:
        parent: The parent's process id.
        environment: Environment variables to set.
        log: The file that takes the child's standard error.
        stop: The child's jobs are asked to stop once this file exists.
        threads: The most threads of one operation; no limit when None.
    """

    parent: int
    environment: dict[str, str]
    log: Path
    stop: Path
    threads: int | None = None


_events: Connection
_sending = threading.Lock()


@dataclass(frozen=True)
class Signal:
    """What a process says of itself, beside the events of its jobs."""

    kind: str


def start(setup: Setup, events: Connection) -> None:
    """Set up the child before its first job."""
    global _events
    _ignore_signals()
    _end_with(setup.parent)
    _events = events
    listen_to(setup.stop.exists)
    os.environ.update(setup.environment)
    with setup.log.open("w") as log:
        os.dup2(log.fileno(), 2)
    prepare_keras(setup.threads)
    _send(Signal(READY))


def run(job: Callable[..., Any], arguments: tuple) -> Any:
    """Return `job(*arguments, report)`, and tell the parent when it has ended."""
    try:
        return job(*arguments, _send)
    finally:
        _send(Signal(DONE))


def private_memory(process: psutil.Process) -> int:
    """Return the bytes that a process holds for itself: memory-mapped features belong to the system's file cache."""
    memory = process.memory_info()
    return memory.rss - getattr(memory, "shared", 0)


def _send(message: Any) -> None:
    with _sending:
        try:
            _events.send(message)
        except OSError:  # the parent is gone
            os._exit(1)


def _ignore_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # the parent blocked them until here
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def _end_with(parent: int) -> None:
    """End this process when its parent ends: at once on Linux, even inside C code; elsewhere from a thread."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(parent).wait()
    os._exit(1)
