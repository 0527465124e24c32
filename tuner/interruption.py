"""What Ctrl-C and SIGTERM do to a search: the first asks it to stop, the second ends it."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
