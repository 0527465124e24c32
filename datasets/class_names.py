"""Class names that mislead: those that look alike, and those that are several labels in one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

ONE_LABEL = "an image has one label; write a class of several words with _ between them"
"""What to do about several labels in one."""
_MARKS = re.compile(r"[|;,]")


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


def several_labels(labels: Iterable[str]) -> set[str]:
    """Return the labels that look like several in one.

    These are labels such as ``a b`` whose words are all labels too, and such as ``a|b`` or ``a, b`` that share a part
    with another label.
    """
    names = set(labels)
    parts = {name: {part.strip() for part in _MARKS.split(name)} for name in names}
    shared = Counter(part for name in names for part in parts[name])
    return {
        name
        for name in names
        if (len(words := name.split()) > 1 and names.issuperset(words))
        or (len(parts[name]) > 1 and any(shared[part] > 1 for part in parts[name] if part))
    }


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _look(name: str) -> str:
    return unicodedata.normalize("NFKC", name)
