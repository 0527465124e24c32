"""The polite request to a running job to come to an end: it is asked after every epoch."""

from collections.abc import Callable


def _never() -> bool:
    return False


_asked: Callable[[], bool] = _never


def stop_requested() -> bool:
    """Whether this process's job should finish its epoch, keep where it stands and return."""
    return _asked()


def listen_to(asked: Callable[[], bool] = _never) -> None:
    """Take the answer of `stop_requested` from `asked`; without one, nobody asks."""
    global _asked
    _asked = asked
