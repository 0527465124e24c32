"""Writes the tables of the log's records: `python -m transfertune.reports.study.reference`.

The tables stand in `docs/study.md` between two comments; the command prints the file with the tables made anew.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from .records import KINDS

BEGIN, END = "<!-- records: begin -->", "<!-- records: end -->"
_PAGE = Path("docs/study.md")


def reference() -> str:
    """Return a table for each kind of record and for each of its parts, as Markdown."""
    return "\n".join(_table(kind, name) for name, kind in _kinds())


def with_reference(page: str) -> str:
    """Return a page with the tables between its two comments made anew."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{rest.split(END)[1]}"


def _kinds() -> Iterator[tuple[str, type]]:
    """Yield the kinds of records, then the dataclasses in them, each once."""
    found = {f"`{name}`": kind for name, kind in KINDS.items()}
    waiting = list(found.values())
    while waiting:
        for hint in get_type_hints(waiting.pop(0)).values():
            for part in (hint, *get_args(hint)):
                if isinstance(part, type) and is_dataclass(part) and part not in found.values():
                    found[part.__name__] = part
                    waiting.append(part)
    yield from found.items()


def _table(kind: type, name: str) -> str:
    said, hints = meanings(kind), get_type_hints(kind)
    first = (inspect.getdoc(kind) or "").splitlines()[0]
    rows = [f"| `{f.name}` | {_words(hints[f.name])} | {said[f.name]} |" for f in fields(kind)]
    lines = (f"### {name}", "", first, "", "| field | type | meaning |", "| --- | --- | --- |")
    return "\n".join((*lines, *rows, ""))


def meanings(kind: type) -> dict[str, str]:
    """Return what a dataclass's docstring says of its fields under `Attributes:`."""
    _, _, listed = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    entries = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", listed, re.M)
    return {name: " ".join(text.split()).removesuffix(".") for name, text in entries}


def _words(hint: Any) -> str:
    if isinstance(hint, type) and is_dataclass(hint):
        return hint.__name__
    text = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    text = re.sub(r"\b[a-z_]+\.", "", text)
    text = re.sub(r"tuple\[(\w+(?:\[.*\])?), \.\.\.\]", r"list of \1", text)
    return text.replace("tuple[", "list[").replace(" | None", " or null").replace("|", "or")


if __name__ == "__main__":
    import sys

    sys.stdout.write(with_reference(_PAGE.read_text(encoding="utf-8")))
