"""The terminal as rich sees it."""

import shutil
import sys

from rich.console import Console

# A pipe has no width; this one keeps a leaderboard's row on one line.
_PIPE_WIDTH = 260


def stdout() -> Console:
    """Return a console on the standard output; never narrower than needed when that is no terminal."""
    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)


def stderr() -> Console:
    """Return a console on the standard error."""
    width = None if sys.stderr.isatty() else max(_PIPE_WIDTH, shutil.get_terminal_size().columns)
    return Console(stderr=True, width=width, highlight=False)


def as_sentence(message: str) -> str:
    """Return a message on one line that ends like a sentence; errors that name a file or a value often do not."""
    line = " ".join(message.split())
    return line if line.endswith((".", "?", "!", "…")) else f"{line}."


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 trial, 2 trials."""
    return f"{number} {one if number == 1 else many or one + 's'}"
