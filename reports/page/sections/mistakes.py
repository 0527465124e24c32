"""The mistakes as images: the classes that are taken for one another, and the worst single ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...analysis.confusion import confusion
from ...analysis.held_out_predictions import (
    WORST_MISTAKES,
    HeldOutPredictions,
    image_paths,
    recommended_predictions,
)
from ..thumbnails import thumbnail

if TYPE_CHECKING:
    from ...ranking.study import Study

PAIRS = 6
PER_PAIR = 4


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
    wrong = predictions.mistakes()
    worst = [{**cards.image(row), "overlay": cards.overlay(row)} for row in wrong[:WORST_MISTAKES]]
    return {
        "predictions": predictions,
        "pairs": pairs,
        "worst": worst,
        "is_explained": any(image["overlay"] for image in worst),
        "wrong": len(wrong),
        "missing": cards.missing,
    }


class ImageCards:
    """Hands out what the page shows of an image, and counts those that are not there."""

    def __init__(self, study: Study, predictions: HeldOutPredictions):
        self.predictions, self.missing = predictions, 0
        self._root, self._files = study.header.data.root, study.paths
        retrained = study.retrains[-1].trial if study.retrains else None
        self._is_retrained = retrained == predictions.trial
        self._paths = image_paths(study, predictions)
        self._made: dict[int, dict[str, Any]] = {}

    def overlay(self, row: int) -> str | None:
        """The address of where the retrained model sees the wrong class; None if that is not known."""
        if not self._is_retrained:
            return None
        file = self._files.mistake(int(self.predictions.indices[row]))
        return thumbnail(file.parent, file.name)

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
    return predictions.worst_first(
        np.flatnonzero((predictions.labels == label) & (predictions.predicted == predicted))
    )
