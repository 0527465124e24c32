"""Where jobs run: in child processes of the search, or in this one.

A job is a function of picklable arguments and a `report` callable for events. Child processes free their memory for
real, and one that crashes, hangs or takes too much memory costs an attempt and not the search.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Collection
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any

import psutil

from ..cancellation import listen_to, stop_requested
from ..environment import WORKER_MEMORY, WORKER_SILENCE, read_size, read_time
from ..errors import WorkerDeath
from ..keras_setup import prepare_keras
from .child import Setup
from .devices import environment_of, threads_of, visible_gpus
from .process import OnEvent, WorkerProcess

__all__ = ["InProcessExecutor", "Running", "WorkerPool", "stop_requested"]

# A process grows with every model it has built; after this many jobs a fresh one takes over.
_JOBS_A_PROCESS = 100
_LOOK_EVERY = 0.5
_FOLDERS = "transfertune-workers-"
# A folder may belong to a process that cannot be seen, such as one in a container; none is idle for a day.
_ABANDONED = 86400


class Running:
    """A job that was started; `time_limit` is how many seconds it may give no sign of life, None the usual."""

    def __init__(self, job: Callable[..., Any], arguments: tuple, time_limit: float | None):
        self.job, self.arguments, self.time_limit = job, arguments, time_limit
        self.finished = False
        self._value: Any = None
        self.error: BaseException | None = None

    def result(self) -> Any:
        """Return what the finished job returned, or raise what it raised.

        Raises:
            WorkerDeath: its process died, hung or took too much memory; the message says how.
        """
        if self.error is not None:
            raise self.error
        return self._value

    def finish(self, outcome: Callable[[], Any]) -> None:
        """Keep what `outcome` returns or raises as the result."""
        try:
            self._value = outcome()
        except Exception as error:
            self.error = error
        self.finished = True


class InProcessExecutor:
    """Runs jobs in this process, each when it is waited for: slower to forget, easier to debug."""

    workers = 1

    def __init__(self):
        self._stop = False
        listen_to(lambda: self._stop)

    def start(
        self, job: Callable[..., Any], *arguments: Any, time_limit: float | None = None
    ) -> Running:
        """Note a job; nothing can end one that hangs in this process."""
        return Running(job, arguments, time_limit)

    def wait(
        self, running: Collection[Running], on_event: OnEvent, *, timeout: float | None = None
    ) -> list[Running]:
        """Run the first of the jobs that have not finished and return it; a timeout cannot interrupt it."""
        prepare_keras()
        finished = [job for job in running if job.finished]
        first = next((job for job in running if not job.finished), None)
        if finished or first is None:
            return finished
        first.finish(lambda: first.job(*first.arguments, on_event))
        return [first]

    def run(self, job: Callable[..., Any], *arguments: Any, on_event: OnEvent) -> Any:
        """Return `job(*arguments, report)`."""
        return _run(self, job, arguments, on_event)

    def stop_soon(self) -> None:
        """Ask the running job to end after its current epoch, and later ones after their first."""
        self._stop = True

    def close(self) -> None:
        """Nothing is left behind."""
        listen_to()


class WorkerPool:
    """Runs jobs in `workers` child processes, which are replaced when they die or have grown.

    A process that holds more than `memory_limit` bytes in the middle of a job is killed, one that holds more than half
    of it afterwards is replaced. Without a number the environment variable TRANSFERTUNE_WORKER_MEMORY says it, or it
    is an equal share of four fifths of the machine's memory. TRANSFERTUNE_WORKER_SILENCE says after how long without
    a sign of life a process is killed (30m). Each process sees one GPU, where there are any.
    """

    def __init__(self, workers: int = 1, *, memory_limit: int | None = None):
        share = int(0.8 * psutil.virtual_memory().total) // workers
        self.workers = workers
        self._limit = memory_limit or read_size(WORKER_MEMORY, share)
        self._silence = read_time(WORKER_SILENCE)
        self._gpus = visible_gpus()
        self._processes: list[WorkerProcess | None] = [None] * workers
        self._busy: dict[int, Running] = {}
        self._queue: deque[Running] = deque()
        _remove_left_behind()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDERS}{os.getpid()}-"))

    def start(
        self, job: Callable[..., Any], *arguments: Any, time_limit: float | None = None
    ) -> Running:
        """Start a job, or let it wait for a free process; return at once.

        `time_limit` is after how many seconds without a sign of life (an event) it counts as hung.
        """
        running = Running(job, arguments, time_limit)
        self._queue.append(running)
        self._fill()
        return running

    def wait(
        self, running: Collection[Running], on_event: OnEvent, *, timeout: float | None = None
    ) -> list[Running]:
        """Wait until one of the jobs has finished, passing all jobs' events on; return those that have.

        None have when `timeout` seconds are over first.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            for number in list(self._busy):
                self._look(number, on_event)
            self._fill()
            finished = [job for job in running if job.finished]
            left = _LOOK_EVERY if end is None else min(_LOOK_EVERY, end - time.monotonic())
            if finished or not running or left <= 0:
                return finished
            wait_for([self._processes[number].events for number in self._busy], left)

    def run(self, job: Callable[..., Any], *arguments: Any, on_event: OnEvent) -> Any:
        """Return `job(*arguments, report)`, passing its events on while it runs.

        Raises:
            WorkerDeath: its process died, hung or took too much memory; the message says how.
        """
        return _run(self, job, arguments, on_event)

    def stop_soon(self) -> None:
        """Ask all jobs to end after their current epoch, and later ones after their first."""
        self._stop_file.touch()

    def close(self) -> None:
        """Kill the child processes, whatever they are doing."""
        self._queue.clear()
        self._busy.clear()
        for number in range(self.workers):
            self._discard(number)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _stop_file(self) -> Path:
        return self._folder / "stop"

    def _fill(self) -> None:
        for number in range(self.workers):
            if self._queue and number not in self._busy:
                running = self._queue.popleft()
                process = self._processes[number]
                if process is not None and not process.alive():
                    self._discard(number)
                if self._processes[number] is None:
                    self._processes[number] = WorkerProcess(self._setup(number))
                self._processes[number].begin(running.job, running.arguments)
                self._busy[number] = running

    def _look(self, number: int, on_event: OnEvent) -> None:
        """Pass on what a busy process says, and see whether its job has ended, or must be ended."""
        process, running = self._processes[number], self._busy[number]
        process.pass_on(on_event)
        limit = running.time_limit if running.time_limit and process.ready else self._silence
        if process.ended:
            running.finish(process.result)
        elif process.silent_for() > limit:
            running.finish(_killed(f"hung: no sign of life for {limit:g} s"))
        elif process.memory_now() > self._limit:
            running.finish(
                _killed(
                    f"it took more than {self._limit / 1e9:.1f} GB of memory; "
                    f"{WORKER_MEMORY} sets another limit",
                    out_of_memory=True,
                )
            )
        else:
            return
        del self._busy[number]
        grown = process.memory_now() > self._limit / 2 or process.jobs >= _JOBS_A_PROCESS
        if grown or isinstance(running.error, WorkerDeath):
            self._discard(number)

    def _discard(self, number: int) -> None:
        process, self._processes[number] = self._processes[number], None
        if process is not None:
            process.kill()

    def _setup(self, number: int) -> Setup:
        return Setup(
            parent=os.getpid(),
            environment={
                **environment_of(number, self.workers, self._gpus),
                "TMPDIR": str(self._folder),  # TensorFlow leaves files behind
            },
            log=self._folder / f"{number}.log",
            stop=self._stop_file,
            threads=threads_of(self.workers),
        )


def _remove_left_behind() -> None:
    """Remove the folders of searches that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDERS}*-*"):
        owner = folder.name.removeprefix(_FOLDERS).partition("-")[0]
        with contextlib.suppress(OSError):
            idle = time.time() - max(one.stat().st_mtime for one in (folder, *folder.iterdir()))
            if owner.isdecimal() and not psutil.pid_exists(int(owner)) and idle > _ABANDONED:
                shutil.rmtree(folder)


def _run(
    executor: InProcessExecutor | WorkerPool,
    job: Callable[..., Any],
    arguments: tuple,
    on_event: OnEvent,
) -> Any:
    running = executor.start(job, *arguments)
    while not executor.wait([running], on_event):
        pass
    return running.result()


def _killed(why: str, *, out_of_memory: bool = False) -> Callable[[], Any]:
    def outcome() -> Any:
        raise WorkerDeath(f"the worker process was killed ({why})", out_of_memory=out_of_memory)

    return outcome
