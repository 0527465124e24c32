"""Ends a search politely: signals ask the search to stop, and a running job is asked after every epoch."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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


@contextlib.contextmanager
def stopping_politely(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first signal, and raise `KeyboardInterrupt` at the next.

    Only the main thread of a program can take signals; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def take(number, frame) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        stop()

    before = {number: signal.signal(number, take) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
