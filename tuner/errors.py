"""The user's mistakes that are the search's own: weights, options, models."""


class SearchError(ValueError):
    """One line: what is wrong, which value, what is allowed, what to do."""


class TrialFailure(RuntimeError):  # noqa: N818
    """A trial that ended without a score; the message is the cause that the log records."""


class WorkerDeath(TrialFailure):
    """A process that died, hung or took too much memory (`out_of_memory`) while it ran a job."""

    def __init__(self, message: str, *, out_of_memory: bool = False):
        super().__init__(message)
        self.out_of_memory = out_of_memory


class Stopped(Exception):  # noqa: N818
    """A job that ended early because the search was asked to stop or its time was up; what it has done is saved."""
