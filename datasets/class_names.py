"""Class names that are hard to tell apart."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable


def alike(names: Iterable[str]) -> list[list[str]]:
    """Return the names that differ only in case, blanks or Unicode form, in groups of two and more."""
    groups = defaultdict(list)
    for name in sorted(set(names)):
        groups[_plain(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def told_apart(name: str, others: Iterable[str]) -> str:
    """Return the name in quotation marks, with escapes where another name would look the same."""
    looks = _look(name)
    same = any(other != name and _look(other) == looks for other in others)
    return ascii(name) if same else repr(name)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _look(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split(" "))
