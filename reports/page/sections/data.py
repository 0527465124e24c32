"""What was learned from: the images, and what is odd about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...study.data_check import Finding, read_data_check
from ...study.images import SPLITS, images_per_class
from ...study.label_check import read_label_check
from ..header import filled
from ..thumbnails import thumbnail

if TYPE_CHECKING:
    from ...study.study import Study

UNREADABLE_SHOWN = 50
GROUPS = 6
PER_GROUP = 4


def data(study: Study) -> dict[str, Any]:
    """Give back the facts of the data set, its images per class, and what was found odd."""
    check = read_data_check(study.folder)
    facts = study.header.get("data") or {}
    listed = facts.get("unreadable") or []
    split = study.header.get("split") or {}
    folds = (study.header.get("policy") or {}).get("folds") or 1
    labels = read_label_check(study.folder)
    return {
        "facts": {**filled(facts, ("name", "root", "digest")), "notes": facts.get("notes") or ()},
        "split": filled(split, SPLITS),
        "in_turn": sum(split.get(name) or 0 for name in SPLITS[:2]) if folds > 1 else None,
        "classes": images_per_class(study.folder / "images.csv", study.classes),
        "names": study.classes,
        "unreadable": [(str(entry[0]), str(entry[1])) for entry in listed if len(entry) == 2],
        "unreadable_shown": UNREADABLE_SHOWN,
        "check": check,
        "disputed": labels is not None and bool(labels.disputed),
        "findings": [_shown(study, finding) for finding in check.findings] if check else [],
    }


def _shown(study: Study, finding: Finding) -> dict[str, Any]:
    """The finding with its first examples as images."""
    groups = [
        [{"path": path, "address": _small(study, name)} for path, name in group[:PER_GROUP]]
        for group in finding.examples[:GROUPS]
    ]
    return {"finding": finding, "groups": [group for group in groups if group]}


def _small(study: Study, name: Any) -> str | None:
    """The thumbnail of that name, looked for in the check's own folder only."""
    return thumbnail(study.folder / "data_check", Path(name).name) if name else None
