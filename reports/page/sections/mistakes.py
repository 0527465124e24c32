"""The mistakes as images: the classes that are taken for one another, and the worst single ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...analysis.confusion import confusion
from ...analysis.held_out_predictions import Evidence, image_paths
from ..thumbnails import thumbnail
from .classes import winner_evidence

if TYPE_CHECKING:
    from ...ranking.study import Study

PAIRS = 6
PER_PAIR = 4
WORST = 16


def mistakes(study: Study) -> dict[str, Any] | None:
    """Give back the most confused pairs and the worst mistakes of the winner out of fold, each with its image.

    They are of validation images only, so that nobody improves a model by looking at the test images. None without
    predictions.
    """
    evidence = winner_evidence(study)
    if evidence is None:
        return None
    shelf = Shelf(study, evidence)
    found = confusion(evidence.labels, evidence.probabilities)
    pairs = [
        {
            "label": evidence.names[label],
            "named": evidence.names[named],
            "count": count,
            "of": int(found.counts[label].sum()),
            "images": [shelf.image(row) for row in _rows(evidence, label, named)[:PER_PAIR]],
        }
        for label, named, count in found.confused_pairs(PAIRS)
    ]
    wrong = _surest(evidence, np.flatnonzero(~evidence.right))
    return {
        "evidence": evidence,
        "pairs": pairs,
        "worst": [shelf.image(row) for row in wrong[:WORST]],
        "wrong": len(wrong),
        "missing": shelf.missing,
    }


class Shelf:
    """Hands out what the page shows of an image, and counts those that are not there."""

    def __init__(self, study: Study, evidence: Evidence):
        self.evidence, self.missing = evidence, 0
        self._root = study.header.data.root
        self._paths = image_paths(study, evidence)
        self._made: dict[int, dict[str, Any]] = {}

    def image(self, row: int) -> dict[str, Any]:
        """The image of that row of the evidence: its address, path, classes and how sure the model was."""
        if row not in self._made:
            path = self._paths.get(int(self.evidence.indices[row]), "")
            address = thumbnail(self._root, path) if path else None
            self.missing += address is None
            self._made[row] = {
                "address": address,
                "path": path,
                "label": self.evidence.names[self.evidence.labels[row]],
                "named": self.evidence.names[self.evidence.named[row]],
                "sure": float(self.evidence.confidence[row]),
                "right_share": float(self.evidence.probabilities[row, self.evidence.labels[row]]),
            }
        return self._made[row]


def _rows(evidence: Evidence, label: int, named: int) -> list[int]:
    return _surest(evidence, np.flatnonzero((evidence.labels == label) & (evidence.named == named)))


def _surest(evidence: Evidence, rows: np.ndarray) -> list[int]:
    """Rows in the order of how little the right class was given, the worst first."""
    given = evidence.probabilities[rows, evidence.labels[rows]]
    return [int(row) for row in rows[np.argsort(given, kind="stable")]]
