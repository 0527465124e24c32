"""The error about data, and words for its messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

SHOWN = 3
"""The number of examples that a message lists; the others are counted."""


_LONGEST = 120
"""The most characters of one example in a message."""


class DataError(ValueError):
    """The images or the options for them cannot be used; the message is one line that says why and what to do."""


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
    """Return the text, shortened in the middle if it is long."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"


def counted(number: int, noun: str) -> str:
    """Return ``1 image`` or ``2 images``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def refuse_no_text(name: str, what: str) -> None:
    """Raise `DataError` for a file name that is not UTF-8 text; ``what`` is the message with {} for the name."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DataError(what.format(name.encode(errors="backslashreplace").decode())) from error
