"""Readers of values from text and JSON: each returns the value in its own type, or raises `ValueError`."""

import math
import re
from collections.abc import Callable
from typing import Any

from .domains import Value

_LARGEST_LAYER = 65536
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def one_of(*options: str) -> Callable[[Any], str]:
    """Read one of several words."""

    def read(value: Any) -> str:
        if value not in options:
            raise ValueError
        return str(value)

    return read


def several_of(alone: str, *options: str) -> Callable[[Any], str]:
    """Read `alone`, or one or more of the other words, each once, joined by '+' and put in their order."""

    def read(value: Any) -> str:
        if value == alone:
            return alone
        parts = str(value).split("+")
        if len(set(parts)) < len(parts) or not set(parts) <= set(options):
            raise ValueError
        return "+".join(sorted(parts, key=options.index))

    return read


def whole(low: int, high: int = 10**9) -> Callable[[Any], int]:
    """Read a whole number between two bounds, both included."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or float(value) != int(float(value)):
            raise ValueError
        if not low <= int(float(value)) <= high:
            raise ValueError
        return int(float(value))

    return read


def real(low: float, high: float, *, above: bool = False) -> Callable[[Any], float]:
    """Read a finite number between two bounds, both included; `above` excludes the lower bound."""

    def read(value: Any) -> float:
        number = float(value)
        if isinstance(value, bool) or not math.isfinite(number) or not low <= number <= high:
            raise ValueError
        if above and number == low:
            raise ValueError
        return number

    return read


def word_or(word: str, read: Callable[[Any], Value]) -> Callable[[Any], Value]:
    """Read a word, or what another reader takes."""
    return lambda value: word if value == word else read(value)


def widths(value: Any) -> str:
    """Read `none`, or the widths of 1 to 3 layers joined by '-'."""
    if value == "none":
        return "none"
    numbers = [int(part) for part in str(value).split("-")]
    if not 1 <= len(numbers) <= 3 or not all(1 <= n <= _LARGEST_LAYER for n in numbers):
        raise ValueError
    return "-".join(map(str, numbers))


def last_layers(value: Any) -> Value:
    """Read a number of layers, of blocks, or a share of the layers, each into one spelling."""
    if isinstance(value, str):
        blocks = re.fullmatch(r"([1-9]\d{0,3}) ?b(?:locks?)?", value)
        if blocks:
            return f"{blocks[1]} block{'s' * (blocks[1] != '1')}"
        share = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", value)
        if share:
            percent = real(0, 100)(share[1])
            if percent in (0, 100):
                return "all" if percent else 0
            return f"{percent:g}%"
    return word_or("all", whole(0))(value)


def yes_no(value: Any) -> bool:
    """Read yes or no, true or false, 1 or 0."""
    word = str(value).lower()
    if word not in _YES_NO:
        raise ValueError
    return _YES_NO[word]
