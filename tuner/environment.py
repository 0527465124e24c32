"""Limits that a person sets in the environment: sizes and times."""

import os
import re

from .errors import SearchError

CACHE = "TRANSFERTUNE_CACHE_LIMIT"
WORKER_MEMORY = "TRANSFERTUNE_WORKER_MEMORY"
WORKER_SILENCE = "TRANSFERTUNE_WORKER_SILENCE"
_SIZES = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
_TIMES = {"S": 1, "M": 60, "H": 3600}


def check_limits() -> None:
    """Refuse limits that say nothing, before anything is begun.

    Raises:
        SearchError: one is no size or no time.
    """
    size_limit(CACHE, 0)
    size_limit(WORKER_MEMORY, 0)
    time_limit(WORKER_SILENCE, 0)


def size_limit(variable: str, default: int) -> int:
    """Return the bytes that an environment variable says, such as 500MB or 20GB, or `default` without it.

    Raises:
        SearchError: it says no size.
    """
    return int(_read(variable, default, _SIZES, "a size such as 500MB or 20GB"))


def time_limit(variable: str, default: float) -> float:
    """Return the seconds that an environment variable says, such as 90s, 20m or 1.5h, or `default` without it.

    Raises:
        SearchError: it says no time.
    """
    return _read(variable, default, _TIMES, "a time such as 90s, 20m or 1.5h")


def _read(variable: str, default: float, units: dict[str, int], allowed: str) -> float:
    text = os.environ.get(variable)
    if text is None:
        return default
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Z]+)", text.strip().upper())
    if match is None or match[2] not in units or float(match[1]) == 0:
        raise SearchError(f"{variable} must be {allowed}, but it is {text!r}.")
    return float(match[1]) * units[match[2]]
