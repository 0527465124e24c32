"""The user's mistakes about spaces, recipes and hyperparameters."""

import difflib
from collections.abc import Iterable


class SpaceError(ValueError):
    """One line: what is wrong, which value, what is allowed, what to do."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(str(word), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
