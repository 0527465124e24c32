"""What was learned from: the pictures, and what is odd about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..pictures import SPLITS, pictures_per_class
from .header import filled

if TYPE_CHECKING:
    from ..study import Study

UNREADABLE_SHOWN = 50


def data(study: Study) -> dict[str, Any]:
    """Give back the facts of the data set, its pictures per class, and what was found odd."""
    facts = study.header.get("data") or {}
    listed = facts.get("unreadable") or []
    return {
        "facts": {**filled(facts, ("name", "root", "digest")), "notes": facts.get("notes") or ()},
        "split": filled(study.header.get("split") or {}, SPLITS),
        "classes": pictures_per_class(study.folder / "pictures.csv", study.classes),
        "names": study.classes,
        "unreadable": [(str(entry[0]), str(entry[1])) for entry in listed if len(entry) == 2],
        "unreadable_shown": UNREADABLE_SHOWN,
    }
