"""What is wrong with the data, said in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

SHOWN = 3
"""How many examples a message or note lists before it only counts."""


_LONGEST = 120
"""Characters of one example; names of files can be longer than any line."""


class DataError(ValueError):
    """The images, or what was said about them, cannot be used; one line says why and what to do."""


def did_you_mean(value: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the closest of ``known``, or an empty string."""
    by_lowercase = {name.lower(): name for name in known}
    close = difflib.get_close_matches(value.lower(), by_lowercase, n=1, cutoff=0.6)
    return f" (did you mean {by_lowercase[close[0]]!r}?)" if close else ""


def some(values: Sequence[object]) -> str:
    """Return the first few values joined by commas, and how many more there are."""
    more = len(values) - SHOWN
    text = ", ".join(_short(str(value)) for value in values[:SHOWN])
    return f"{text} and {more} more" if more > 0 else text


def _short(text: str) -> str:
    """Return a text that leaves room for the rest of the line."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"


def counted(number: int, noun: str) -> str:
    """Return ``1 image`` or ``2 images``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def refuse_no_text(name: str, what: str) -> None:
    """Raise `DataError` for a file name that is no UTF-8 text; ``what`` says so, with {} where the name is shown."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DataError(what.format(name.encode(errors="backslashreplace").decode())) from error
