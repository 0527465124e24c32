"""What runs jobs: the interface of every executor, and the one that needs no other process.

A job is a function of picklable arguments and a `report` callable, which takes events while the job runs.
"""

from collections.abc import Callable, Collection
from typing import Any, Protocol

from ..cancellation import listen_to
from ..events import OnEvent
from ..keras_setup import prepare_keras

Job = Callable[..., Any]


class Running:
    """A job that was started.

    Args:
        job: The function to run.
        arguments: Its arguments before `report`.
        time_limit: Seconds without an event after which the job counts as hung; the executor's own limit when None.
    """

    def __init__(self, job: Job, arguments: tuple, time_limit: float | None = None):
        self.job, self.arguments, self.time_limit = job, arguments, time_limit
        self.finished = False
        self.error: Exception | None = None
        self._value: Any = None

    def result(self) -> Any:
        """Return what the finished job returned, or raise what it raised.

        Raises:
            WorkerDeath: The job's process died, hung or took too much memory; the message says how.
        """
        if self.error is not None:
            raise self.error
        return self._value

    def finish(self, get_value: Callable[[], Any]) -> None:
        """Keep what `get_value` returns or raises as the result."""
        try:
            self._value = get_value()
        except Exception as error:
            self.error = error
        self.finished = True


class Executor(Protocol):
    """Runs jobs, `workers` of them at the same time."""

    workers: int

    def start(self, job: Job, *arguments: Any, time_limit: float | None = None) -> Running:
        """Start a job, or queue it until a worker is free; return at once."""

    def wait(
        self, running: Collection[Running], on_event: OnEvent, *, timeout: float | None = None
    ) -> list[Running]:
        """Wait until one of the jobs has finished; return those that have.

        Args:
            running: The jobs to wait for.
            on_event: Called with the events of all jobs.
            timeout: Seconds after which to return even if no job has finished; no limit when None.
        """

    def run(self, job: Job, *arguments: Any, on_event: OnEvent) -> Any:
        """Return `job(*arguments, report)`, passing its events on while it runs.

        Raises:
            WorkerDeath: The job's process died, hung or took too much memory; the message says how.
        """

    def stop_soon(self) -> None:
        """Ask running jobs to end after their current epoch, and later ones after their first."""

    def close(self) -> None:
        """End all jobs and remove everything that the executor made."""


class InProcessExecutor:
    """Runs jobs in this process, each when it is waited for: no isolation, but easy to debug."""

    workers = 1

    def __init__(self) -> None:
        self._stop = False
        listen_to(lambda: self._stop)

    def start(self, job: Job, *arguments: Any, time_limit: float | None = None) -> Running:
        """Queue a job. Nothing can end a job that hangs in this process."""
        return Running(job, arguments, time_limit)

    def wait(
        self, running: Collection[Running], on_event: OnEvent, *, timeout: float | None = None
    ) -> list[Running]:
        """Run the first unfinished job and return it; a timeout cannot interrupt it."""
        prepare_keras()
        finished = [job for job in running if job.finished]
        first = next((job for job in running if not job.finished), None)
        if finished or first is None:
            return finished
        first.finish(lambda: first.job(*first.arguments, on_event))
        return [first]

    def run(self, job: Job, *arguments: Any, on_event: OnEvent) -> Any:
        """Return `job(*arguments, report)`."""
        return result_of(self, self.start(job, *arguments), on_event)

    def stop_soon(self) -> None:
        """Ask the running job to end after its current epoch, and later ones after their first."""
        self._stop = True

    def close(self) -> None:
        """Let nobody ask later jobs of this process to stop."""
        listen_to()


def result_of(executor: Executor, running: Running, on_event: OnEvent) -> Any:
    """Wait for the end of one job, passing its events on, and return its result.

    Raises:
        WorkerDeath: Its process died, hung or took too much memory; the message says how.
    """
    while not executor.wait([running], on_event):
        pass
    return running.result()
