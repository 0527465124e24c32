"""The mistakes as images: the classes that are taken for one another, and the worst single ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...analysis.confusion import confusion
from ...analysis.held_out_predictions import HeldOutPredictions, image_paths
from ..thumbnails import thumbnail
from .classes import recommended_predictions

if TYPE_CHECKING:
    from ...ranking.study import Study

PAIRS = 6
PER_PAIR = 4
WORST = 16


def mistakes(study: Study) -> dict[str, Any] | None:
    """Return the most confused pairs and the worst mistakes of the winner out of fold, each with its image.

    They are of validation images only, so that nobody improves a model by looking at the test images. None without
    predictions.
    """
    predictions = recommended_predictions(study)
    if predictions is None:
        return None
    cards = ImageCards(study, predictions)
    found = confusion(predictions.labels, predictions.probabilities)
    pairs = [
        {
            "label": predictions.names[label],
            "predicted": predictions.names[predicted],
            "count": count,
            "images_of_class": int(found.counts[label].sum()),
            "images": [cards.image(row) for row in _rows(predictions, label, predicted)[:PER_PAIR]],
        }
        for label, predicted, count in found.confused_pairs(PAIRS)
    ]
    wrong = _surest(predictions, np.flatnonzero(~predictions.correct))
    return {
        "predictions": predictions,
        "pairs": pairs,
        "worst": [cards.image(row) for row in wrong[:WORST]],
        "wrong": len(wrong),
        "missing": cards.missing,
    }


class ImageCards:
    """Hands out what the page shows of an image, and counts those that are not there."""

    def __init__(self, study: Study, predictions: HeldOutPredictions):
        self.predictions, self.missing = predictions, 0
        self._root = study.header.data.root
        self._paths = image_paths(study, predictions)
        self._made: dict[int, dict[str, Any]] = {}

    def image(self, row: int) -> dict[str, Any]:
        """The image of that row of the predictions: its address, path, classes and how sure the model was."""
        if row not in self._made:
            path = self._paths.get(int(self.predictions.indices[row]), "")
            address = thumbnail(self._root, path) if path else None
            self.missing += address is None
            self._made[row] = {
                "address": address,
                "path": path,
                "label": self.predictions.names[self.predictions.labels[row]],
                "predicted": self.predictions.names[self.predictions.predicted[row]],
                "confidence": float(self.predictions.confidence[row]),
            }
        return self._made[row]


def _rows(predictions: HeldOutPredictions, label: int, predicted: int) -> list[int]:
    return _surest(
        predictions,
        np.flatnonzero((predictions.labels == label) & (predictions.predicted == predicted)),
    )


def _surest(predictions: HeldOutPredictions, rows: np.ndarray) -> list[int]:
    """Return the rows by the probability of the correct class, the lowest first."""
    given = predictions.probabilities[rows, predictions.labels[rows]]
    return [int(row) for row in rows[np.argsort(given, kind="stable")]]
