"""Jobs for worker processes, in a folder of their own that a child process can import from."""

import os
import sys
import time
from pathlib import Path

from transfertune.tuner.events import Progress


def add(a, b, report):
    """Add two numbers, with two events."""
    report(Progress("adding", 1, 2))
    report(Progress("adding", 2, 2))
    return a + b


def leave(code, report):
    """End the process with a code and a word."""
    print("last words", file=sys.stderr, flush=True)
    os._exit(code)


def die_of(number, report):
    """End the process by a signal."""
    os.kill(os.getpid(), number)


def crash(report):
    """Read where there is no memory."""
    import ctypes

    ctypes.string_at(0)


def refuse(report):
    """Raise a person's mistake."""
    from transfertune.tuner.errors import SearchError

    raise SearchError("no such thing")


def hang(report):
    """Give no sign of life and never end."""
    while True:
        time.sleep(1)


def hold(size, report):
    """Hold so many bytes, and stay."""
    kept = bytearray(os.urandom(1000)) * (size // 1000)
    report(Progress("holding", 1, 1))
    time.sleep(60)
    return len(kept)


def grow(size, report):
    """Hold so many bytes beyond the end of the job."""
    import builtins

    builtins.kept = bytearray(os.urandom(1000)) * (size // 1000)
    return os.getpid()


def pid(report):
    """Return the process id."""
    return os.getpid()


def wait_for(path, name, report):
    """Wait until a file is there; return the process id and its GPU."""
    report(Progress(name, 1, 2))
    while not Path(path).exists():
        time.sleep(0.01)
    return os.getpid(), os.environ.get("CUDA_VISIBLE_DEVICES")


def epochs(report):
    """Report epochs until a stop is asked for."""
    from transfertune.tuner.cancellation import stop_requested

    for epoch in range(1, 10_000):
        time.sleep(0.01)
        report(Progress("epoch", epoch, 10_000))
        if stop_requested():
            return epoch


def huge(report):
    """Return more than a pipe holds."""
    return bytes(10_000_000)


def unsendable(report):
    """Return what cannot be pickled."""
    return lambda: 0
