"""The parent's side of one child process, which runs one job at a time and may die while it does.

Pebble starts the process, carries jobs and results on threads of its own, and reports the exit code of a process that
died. Loky's process context starts it without importing the caller's script again, so that `search` works from a plain
script and from a notebook. Every process has a pool and a pipe of its own: a process that is killed in the middle of a
message takes its locks and half of the message with it, and no other process is affected. The pipe's end is also the
first sign of a death.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import psutil

from ..errors import WorkerDeath
from . import child as worker_child
from .child import DONE, READY, Setup, Signal
from .executor import Job, OnEvent

# Seconds that pebble may take to report how a process died, and a result to follow the message that the job is done.
_SOON = 5.0


class WorkerProcess:
    """A child process; it is started with its first job.

    Attributes:
        events: A connection to wait for with `multiprocessing.connection.wait`.
        ready: Whether the process has finished its start.
        ended: Whether its last job has ended.
        jobs: The number of jobs it has begun.
    """

    def __init__(self, setup: Setup):
        from loky.backend.context import LokyContext
        from pebble import ProcessPool

        context = LokyContext()
        # A process that has to be killed before it can say anything must be known, too.
        self._launched: list[Any] = []
        context.Process = self._remember(context.Process)
        self.events, self._writer = context.Pipe(duplex=False)
        self.ready, self.ended, self.jobs = False, True, 0
        self._log, self._said = setup.log, 0
        self._heard = time.monotonic()
        self._process: psutil.Process | None = None
        self._future: Future[Any] = Future()
        self._pool = ProcessPool(
            max_workers=1,
            context=context,
            initializer=worker_child.start,
            initargs=(setup, self._writer),
        )

    def begin(self, job: Job, arguments: tuple) -> None:
        """Start a job."""
        self._said = self._log.stat().st_size if self.jobs else 0
        self._heard = time.monotonic()
        self.ended = False
        self.jobs += 1
        with _signals_blocked():
            self._future = self._pool.schedule(worker_child.run, args=(job, arguments))
        if self._process is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._process = psutil.Process(self._launched[0].pid)
        self._writer.close()  # from here on, the end of the process is the end of the pipe

    def pass_on(self, on_event: OnEvent) -> None:
        """Pass on the events of the process, and note whether its job or the process has ended."""
        while not self.ended and self.events.poll():
            try:
                message = self.events.recv()
            except (EOFError, OSError):
                self.ended = True
                return
            self._heard = time.monotonic()
            if not isinstance(message, Signal):
                on_event(message)
            elif message.kind == READY:
                self.ready = True
            elif message.kind == DONE:
                self.ended = True
        self.ended = self.ended or self._future.done()

    def result(self) -> Any:
        """Return what the ended job returned, or raise what it raised.

        Raises:
            WorkerDeath: the process died; the message says how, with the last of what it wrote.
        """
        from pebble import ProcessExpired

        try:
            return self._future.result(timeout=_SOON)
        except ProcessExpired as death:
            raise self._died(_how(death.exitcode)) from None
        except (BrokenProcessPool, TimeoutError) as error:
            if isinstance(error, TimeoutError) and self._future.done():  # the job's own
                raise
            # Pebble takes exit code 0 for a process that has done its work.
            raise self._died("exit 0" if self.ready else "while it started") from None

    def silent_for(self) -> float:
        """Return the seconds since the process gave its last sign of life."""
        return time.monotonic() - self._heard

    def memory_now(self) -> int:
        """Return the bytes that the process holds for itself; 0 when it is gone."""
        with contextlib.suppress(psutil.Error):
            return worker_child.private_memory(self._process) if self._process else 0
        return 0

    def alive(self) -> bool:
        """Whether the process can take a job: it has not died since its last one."""
        return self.jobs == 0 or (self._pool.active and not self.events.poll())

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        self._pool.stop()
        if self._process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._process.kill()
        if self.jobs:
            # Pebble's threads may wait for the rest of a message that will never come.
            joining = threading.Thread(target=self._pool.join, daemon=True)
            joining.start()
            joining.join(_SOON)
        self._writer.close()
        self.events.close()

    def _remember(self, launch: Callable[..., Any]) -> Callable[..., Any]:
        def remembering(*arguments: Any, **options: Any) -> Any:
            process = launch(*arguments, **options)
            self._launched.append(process)
            return process

        return remembering

    def _died(self, how: str) -> WorkerDeath:
        """Return the error for a death, with the last line that the process wrote during this job."""
        text = self._log.read_bytes()[self._said :] if self._log.exists() else b""
        lines = text.decode(errors="replace").strip().splitlines()
        words = f": {lines[-1][:200]}" if lines else ""
        return WorkerDeath(f"the worker process died ({how}){words}")


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Start a child with signals blocked: a Ctrl-C before the child ignores it would end it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
    return (
        f"{name}, which may mean that the machine ran out of memory" if name == "SIGKILL" else name
    )
