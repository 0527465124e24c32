"""Reads what the check of a data set found before the search, from the study's `data_check.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "data_check.json"
PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that is odd about the data: a sentence, how grave it is, and examples.

    `severity` is "problem" or "notice". Each of the `examples` is a group of images that belong together, as pairs
    (path, thumbnail) of texts; the thumbnail is a path in the study, None where there is none.
    """

    kind: str
    severity: str
    sentence: str
    examples: tuple[tuple[tuple[str, str | None], ...], ...]
    images: int


@dataclass(frozen=True)
class DataCheck:
    """The findings, the worst first, and a few facts as pairs of name and text."""

    findings: tuple[Finding, ...]
    facts: tuple[tuple[str, str], ...]


def read_data_check(folder: Path) -> DataCheck | None:
    """Give back the check that is kept in a study's folder; None where there is none or it is damaged."""
    try:
        check = json.loads((folder / FILE).read_bytes())
        findings = tuple(_finding(one) for one in check.get("findings") or ())
        return DataCheck(findings, tuple(_facts(check)))
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None


def _finding(record: Mapping[str, Any]) -> Finding:
    groups = record.get("images") or ()
    return Finding(
        kind=str(record["kind"]),
        severity=PROBLEM if record.get("severity") == PROBLEM else "notice",
        sentence=str(record["sentence"]),
        examples=tuple(
            tuple((str(one["path"]), one.get("thumbnail")) for one in group)
            for group in record.get("examples") or ()
        ),
        images=len({str(path) for group in groups for path in group}),
    )


def _facts(check: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = [(name, _counts(check.get(name) or {})) for name in ("formats", "modes")]
    if check.get("smallest") and check.get("largest"):
        ends = [" x ".join(map(str, check[name])) for name in ("smallest", "largest")]
        facts.append(("pixels", " to ".join(dict.fromkeys(ends))))
    channels = check.get("channels") or {}
    for name, label in (("mean", "mean of red, green, blue"), ("deviation", "their deviation")):
        if channels.get(name):
            facts.append((label, _numbers(channels[name])))
    return [(name, text) for name, text in facts if text]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)
