"""Labels that may be wrong: the images whose given class a probe disputes that had not seen them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...study.files.label_check import read_label_check
from ..thumbnails import thumbnail

if TYPE_CHECKING:
    from ...ranking.study import Study

SHOWN = 24


def disputed_labels(study: Study) -> dict[str, Any] | None:
    """Return the most doubtful labels with their images; None where nothing was checked or nothing is disputed."""
    check = read_label_check(study.folder)
    if check is None or not check.disputed:
        return None
    root = study.header.data.root
    shown = [{"label": one, "address": thumbnail(root, one.path)} for one in check.disputed[:SHOWN]]
    return {"check": check, "shown": shown}
