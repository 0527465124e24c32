"""Tells labels that are made of several labels from names of several words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

ADVICE = "an image has one label; write a class of several words with _ between them"
_MARKS = re.compile(r"[|;,]")


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
