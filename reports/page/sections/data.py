"""What was learned from: the images, and what is odd about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import StudyError
from ...study.files.data_check import Finding, read_data_check
from ...study.files.images import images_per_class
from ...study.files.label_check import read_label_check
from ..thumbnails import thumbnail

if TYPE_CHECKING:
    from ...ranking.study import Study

UNREADABLE_SHOWN = 50
GROUPS = 6
PER_GROUP = 4


def data(study: Study) -> dict[str, Any]:
    """Return the facts of the data set, its images per class, and what was found odd."""
    check = read_data_check(study.folder)
    header = study.header
    labels = read_label_check(study.folder)
    return {
        "facts": header.data,
        "split": header.split,
        "in_turn": header.split.development if header.policy.folds > 1 else None,
        "classes": _per_class(study),
        "names": study.classes,
        "unreadable": header.data.unreadable,
        "unreadable_shown": UNREADABLE_SHOWN,
        "check": check,
        "disputed": labels is not None and bool(labels.disputed),
        "findings": [_shown(study, finding) for finding in check.findings] if check else [],
    }


def _per_class(study: Study) -> list[tuple[str, tuple[int, ...]]]:
    """Each class's name and its images per split; nothing where the table of images cannot be read."""
    try:
        table = study.images()
    except StudyError:
        return []
    counts = images_per_class(table, len(study.classes))
    return list(zip(study.classes, counts, strict=True))


def _shown(study: Study, finding: Finding) -> dict[str, Any]:
    """The finding with its first examples as images."""
    groups = [
        [{"path": path, "address": _small(study, name)} for path, name in group[:PER_GROUP]]
        for group in finding.examples[:GROUPS]
    ]
    return {"finding": finding, "groups": [group for group in groups if group]}


def _small(study: Study, name: Any) -> str | None:
    """The thumbnail of that name, looked for in the check's own folder only."""
    return thumbnail(study.paths.data_check_images, Path(name).name) if name else None
