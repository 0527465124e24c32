"""The environment variables of a search: one table, from which they are read and documented.

`python -m transfertune.tuner.environment > docs/environment.md` writes the reference.
"""

import os
import re
from pathlib import Path

from .errors import SearchError

CACHE = "TRANSFERTUNE_CACHE"
CACHE_LIMIT = "TRANSFERTUNE_CACHE_LIMIT"
WORKER_MEMORY = "TRANSFERTUNE_WORKER_MEMORY"
WORKER_SILENCE = "TRANSFERTUNE_WORKER_SILENCE"
# Name: kind, default, meaning.
VARIABLES: dict[str, tuple[str, str, str]] = {
    CACHE: (
        "path",
        "the user's cache folder",
        "The folder for what searches share: features, decoded images and named data sets.",
    ),
    CACHE_LIMIT: (
        "size",
        "20GB",
        "The most disk space for cached features; the least recently used are deleted first.",
    ),
    WORKER_MEMORY: (
        "size",
        "an equal share of four fifths of the machine's memory",
        "The most memory of one worker process; a process above it is killed.",
    ),
    WORKER_SILENCE: (
        "time",
        "30m",
        "A worker process that reports nothing for this long counts as hung and is killed.",
    ),
}
_SIZES = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
_TIMES = {"S": 1, "M": 60, "H": 3600}
_ALLOWED = {
    "size": "a size such as 500MB or 20GB",
    "time": "a time such as 90s, 20m or 1.5h",
    "path": "a path",
    "number": "a whole number above 0",
}


def check_environment() -> None:
    """Read every size and time once, so that a mistake ends a search before it begins.

    Raises:
        SearchError: A value is not of its variable's kind.
    """
    for name, (kind, _, _) in VARIABLES.items():
        if name in os.environ and kind in ("size", "time"):
            (read_size if kind == "size" else read_time)(name)


def read_size(name: str, default: int | None = None) -> int:
    """Return a variable of kind size in bytes.

    Args:
        name: A name in `VARIABLES`.
        default: Bytes if the variable is not set; the table's default when None.

    Raises:
        SearchError: The value is not a size.
    """
    if default is not None and name not in os.environ:
        return default
    return int(_read(name, _SIZES))


def read_time(name: str) -> float:
    """Return a variable of kind time in seconds, the table's default if it is not set.

    Raises:
        SearchError: The value is not a time.
    """
    return _read(name, _TIMES)


def read_path(name: str) -> Path | None:
    """Return a variable of kind path, None if it is not set or empty."""
    text = os.environ.get(name)
    return Path(text) if text else None


def parse_time(text: str) -> float | None:
    """Return the seconds of a text such as 90s, 20m or 1.5h, None if it is not a time above 0."""
    return _parse(text, _TIMES)


def reference() -> str:
    """Return the table of all environment variables as Markdown."""
    from ..datasets import ENVIRONMENT

    rows = sorted({**ENVIRONMENT, **VARIABLES}.items())
    lines = [
        "# Environment variables\n",
        "Made by `python -m transfertune.tuner.environment > docs/environment.md`.\n",
        "| variable | value | default | meaning |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{name}` | {_ALLOWED[kind]} | {default} | {meaning} |"
            for name, (kind, default, meaning) in rows
        ),
    ]
    return "\n".join(lines) + "\n"


def _read(name: str, units: dict[str, int]) -> float:
    kind, default, _ = VARIABLES[name]
    text = os.environ.get(name, default)
    value = _parse(text, units)
    if value is None:
        raise SearchError(f"{name} must be {_ALLOWED[kind]}, but got {text!r}.")
    return value


def _parse(text: str, units: dict[str, int]) -> float | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Z]+)", text.strip().upper())
    if match is None or match[2] not in units or float(match[1]) == 0:
        return None
    return float(match[1]) * units[match[2]]


if __name__ == "__main__":
    print(reference(), end="")
