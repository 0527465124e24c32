"""Labels that may be wrong: the pictures whose given class the predictions dispute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..label_disputes import label_disputes
from .classes import winner_evidence
from .mistakes import Shelf

if TYPE_CHECKING:
    from ..study import Study

SHOWN = 16


def disputed_labels(study: Study) -> dict[str, Any] | None:
    """Give back the most doubtful labels with their pictures; None without predictions or any dispute."""
    evidence = winner_evidence(study)
    if evidence is None:
        return None
    found = label_disputes(evidence.indices, evidence.labels, evidence.probabilities)
    if not found:
        return None
    rows = {int(picture): row for row, picture in enumerate(evidence.indices)}
    shelf = Shelf(study, evidence)
    shown = [
        {
            **shelf.picture(rows[one.picture]),
            "suggested": evidence.names[one.suggested],
            "confidence": one.confidence,
        }
        for one in found[:SHOWN]
    ]
    return {"evidence": evidence, "count": len(found), "shown": shown}
