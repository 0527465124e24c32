"""Where jobs run: a child process of the search, or this one.

Child processes free their memory for real, and one that crashes costs a trial and not the search. Pebble
keeps the pool, since it tells a dead process from a failed task and can stop a hung one; loky's process
context starts it without importing the caller's script again, so that `search` works from a plain script and
from a notebook.
"""

import contextlib
import os
import queue
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .errors import TrialFailure

OnEvent = Callable[[str, dict[str, Any]], None]
# A process grows with every model it has built; after this many jobs a fresh one takes over.
_JOBS_A_PROCESS = 40

_events = None
_log = None


class InProcess:
    """Runs jobs in this process: slower to forget, easier to debug."""

    def run(self, job: Callable[..., Any], *arguments: Any, on_event: OnEvent) -> Any:
        """Return `job(*arguments, report)`."""
        prepare_keras()
        return job(*arguments, on_event)

    def close(self) -> None:
        """Nothing is left behind."""


class WorkerProcess:
    """Runs jobs one at a time in a child process, which is replaced when it dies."""

    def __init__(self):
        from loky.backend import get_context
        from pebble import ProcessPool

        context = get_context("loky")
        descriptor, log = tempfile.mkstemp(prefix="transfertune-worker-", suffix=".log")
        os.close(descriptor)
        self._log = Path(log)
        self._queue = context.Queue()
        self._pool = ProcessPool(
            max_workers=1,
            max_tasks=_JOBS_A_PROCESS,
            context=context,
            initializer=_start_worker,
            initargs=(self._queue, str(self._log)),
        )

    def run(self, job: Callable[..., Any], *arguments: Any, on_event: OnEvent) -> Any:
        """Return `job(*arguments, report)`, passing its events on while it runs.

        Raises:
            TrialFailure: the process died; the message says how, with the last of what it wrote.
        """
        from pebble import ProcessExpired

        future = self._pool.schedule(_run, args=(job, arguments))
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        while not done.is_set():
            self._pass_on(on_event, wait=0.1)
        self._pass_on(on_event, wait=0.0)
        try:
            return future.result()
        except ProcessExpired as death:
            raise TrialFailure(
                f"the worker process died ({_how(death.exitcode)}){self._last_words()}"
            ) from None

    def close(self) -> None:
        """Stop the child process, whatever it is doing."""
        self._pool.stop()
        self._pool.join()
        self._queue.close()
        self._log.unlink(missing_ok=True)

    def _pass_on(self, on_event: OnEvent, wait: float) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                kind, values = self._queue.get(timeout=wait) if wait else self._queue.get_nowait()
                on_event(kind, values)

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return f": {lines[-1][:200]}" if lines else ""


def prepare_keras() -> None:
    """Import Keras without its backend's start-up messages, and make its results repeatable."""
    with quietly():
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow

            tensorflow.get_logger().setLevel("ERROR")
            tensorflow.config.experimental.enable_op_determinism()
            tensorflow.zeros(1)  # the device banner comes with the first operation


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Drop what is written to the standard error meanwhile, below Python too: TensorFlow's banners."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _start_worker(events, log: str) -> None:
    global _events, _log
    _events = events
    _log = open(log, "a")  # noqa: PTH123, SIM115  (stays open as the process's stderr)
    os.dup2(_log.fileno(), 2)
    prepare_keras()


def _run(job: Callable[..., Any], arguments: tuple) -> Any:
    return job(*arguments, lambda kind, values: _events.put((kind, values)))


def _how(exitcode: int | None) -> str:
    return f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"exit {exitcode}"
