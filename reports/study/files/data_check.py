"""What the check of a data set found before the search, and its files in the study."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...atomic_write import write_beside
from ...json_values import encode
from ..paths import StudyPaths

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


def write_data_check(
    folder: Path, check: Mapping[str, Any], thumbnails: Mapping[str, bytes]
) -> None:
    """Write a check into a study's folder, in place of an earlier one.

    Args:
        folder: the study's folder.
        check: the check as JSON values.
        thumbnails: the JPEG files that the check's examples name, by their names.
    """
    paths = StudyPaths(folder)
    shutil.rmtree(paths.data_check_images, ignore_errors=True)
    paths.data_check_images.mkdir(parents=True)
    for name, content in thumbnails.items():
        (paths.data_check_images / name).write_bytes(content)
    write_beside(paths.data_check, encode(check, indent=1))


def read_data_check(folder: Path) -> DataCheck | None:
    """Return the check that is kept in a study's folder; None where there is none or it is damaged."""
    try:
        check = json.loads((StudyPaths(folder).data_check).read_bytes())
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
