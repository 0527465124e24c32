"""Runs jobs in child processes.

Child processes give their memory back, and one that crashes, hangs or takes too much memory costs an attempt and not
the search.
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

from ..environment import WORKER_MEMORY, WORKER_SILENCE, read_size, read_time
from ..errors import WorkerDeath
from .child import Setup
from .devices import environment_of, threads_of, visible_gpus
from .executor import Job, OnEvent, Running, result_of
from .process import WorkerProcess

_LOOK_EVERY = 0.5
_FOLDERS = "transfertune-workers-"
# A folder may belong to a process that cannot be seen, such as one in a container; none is idle for a day.
_ABANDONED = 86400


class WorkerPool:
    """Runs jobs in child processes, which are replaced when they die or have grown.

    Each process sees one GPU, where there are any.

    Args:
        workers: The number of processes.
        memory_limit: Bytes. A process that holds more during a job is killed; one that holds more than half of it
            after a job is replaced. The default is TRANSFERTUNE_WORKER_MEMORY, or an equal share of four fifths of
            the machine's memory.
        jobs_per_process: A process is replaced after this many jobs, since it grows with every model it has built.

    Attributes:
        folder: Where the processes' logs and temporary files are; `close` removes it.
    """

    def __init__(
        self, workers: int = 1, *, memory_limit: int | None = None, jobs_per_process: int = 100
    ):
        share = int(0.8 * psutil.virtual_memory().total) // workers
        self.workers = workers
        self._jobs_per_process = jobs_per_process
        self._limit = memory_limit or read_size(WORKER_MEMORY, share)
        self._silence = read_time(WORKER_SILENCE)
        self._gpus = visible_gpus()
        self._processes: dict[int, WorkerProcess] = {}
        self._busy: dict[int, Running] = {}
        self._queue: deque[Running] = deque()
        _remove_left_behind()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDERS}{os.getpid()}-"))

    def start(self, job: Job, *arguments: Any, time_limit: float | None = None) -> Running:
        """Start a job, or queue it until a process is free; return at once.

        Args:
            job: A function that a child process can import.
            arguments: Its arguments before `report`, which can be pickled.
            time_limit: Seconds without an event after which the job counts as hung; TRANSFERTUNE_WORKER_SILENCE
                when None.
        """
        running = Running(job, arguments, time_limit)
        self._queue.append(running)
        self._fill()
        return running

    def wait(
        self, running: Collection[Running], on_event: OnEvent, *, timeout: float | None = None
    ) -> list[Running]:
        """Wait until one of the jobs has finished, passing all jobs' events on; return those that have.

        The list is empty if `timeout` seconds pass first.
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

    def run(self, job: Job, *arguments: Any, on_event: OnEvent) -> Any:
        """Return `job(*arguments, report)`, passing its events on while it runs.

        Raises:
            WorkerDeath: Its process died, hung or took too much memory; the message says how.
        """
        return result_of(self, self.start(job, *arguments), on_event)

    def stop_soon(self) -> None:
        """Ask all jobs to end after their current epoch, and later ones after their first."""
        self._stop_file.touch()

    def close(self) -> None:
        """Kill the child processes, whatever they are doing."""
        self._queue.clear()
        self._busy.clear()
        for number in range(self.workers):
            self._discard(number)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _stop_file(self) -> Path:
        return self.folder / "stop"

    def _fill(self) -> None:
        for number in range(self.workers):
            if self._queue and number not in self._busy:
                running = self._queue.popleft()
                process = self._processes.get(number)
                if process is not None and not process.alive():
                    self._discard(number)
                    process = None
                if process is None:
                    process = self._processes[number] = WorkerProcess(self._setup(number))
                process.begin(running.job, running.arguments)
                self._busy[number] = running

    def _look(self, number: int, on_event: OnEvent) -> None:
        """Pass on the events of a busy process, and finish its job if it has ended or must be killed."""
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
                    f"set {WORKER_MEMORY} to allow more",
                    out_of_memory=True,
                )
            )
        else:
            return
        del self._busy[number]
        grown = process.memory_now() > self._limit / 2 or process.jobs >= self._jobs_per_process
        if grown or isinstance(running.error, WorkerDeath):
            self._discard(number)

    def _discard(self, number: int) -> None:
        process = self._processes.pop(number, None)
        if process is not None:
            process.kill()

    def _setup(self, number: int) -> Setup:
        return Setup(
            parent=os.getpid(),
            environment={
                **environment_of(number, self.workers, self._gpus),
                "TMPDIR": str(self.folder),  # TensorFlow leaves files behind
            },
            log=self.folder / f"{number}.log",
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


def _killed(why: str, *, out_of_memory: bool = False) -> Callable[[], Any]:
    def fail() -> Any:
        raise WorkerDeath(f"the worker process was killed ({why})", out_of_memory=out_of_memory)

    return fail
