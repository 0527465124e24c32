"""How serious a finding is, by the images that it hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from ..dataset import Dataset
from .findings import PROBLEM, Finding

STOPS_FROM = {"unreadable": 0.5, "blank": 0.9, "conflict": 0.5}
"""The kinds of findings with which no search starts, causes before effects, and from which share of all images on."""
_PROBLEM_FROM = 0.5
"""The share of a class from which on one of them is a problem."""


def by_severity(findings: Iterable[Finding], dataset: Dataset) -> tuple[Finding, ...]:
    """Return findings as serious as their images make them, the most serious first."""
    kinds = list(STOPS_FROM)
    return tuple(
        sorted(
            (_weighed(one, dataset) for one in findings),
            key=lambda one: (
                kinds.index(one.kind) if one.stops else len(kinds),
                one.severity != PROBLEM,
            ),
        )
    )


def _weighed(finding: Finding, dataset: Dataset) -> Finding:
    if finding.kind not in STOPS_FROM:
        return finding
    hit = {path for group in finding.images for path in group}
    paths = {dataset.relative(image.path): image.label for image in dataset.images}
    total = len(paths) + len(dataset.unreadable)
    if len(hit) >= STOPS_FROM[finding.kind] * total:
        return replace(finding, severity=PROBLEM, stops=True)
    in_class = Counter(paths[path] for path in hit & paths.keys())
    of_class = Counter(paths.values())
    most = max((count / of_class[label] for label, count in in_class.items()), default=0)
    return replace(finding, severity=PROBLEM) if most >= _PROBLEM_FROM else finding
