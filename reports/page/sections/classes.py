"""Which classes the model knows: confusions, precision, recall and F1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...analysis.confusion import Confusion, confusion
from ...analysis.held_out_predictions import (
    predictions_on_test,
    recommended_predictions,
)
from ..plots.plot import Plot

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...ranking.study import Study

TABLE_CLASSES = 15  # more classes than this make a confusion matrix an image
EXTREMES = 5


def classes(study: Study) -> dict[str, Any] | None:
    """Return the confusions of the retrained model on the test images, or of the winner out of fold.

    Whichever are more images are shown. None without predictions.
    """
    known = [
        one
        for one in (predictions_on_test(study), recommended_predictions(study))
        if one is not None
    ]
    if not known:
        return None
    predictions = max(known, key=lambda one: len(one.labels))
    found = confusion(predictions.labels, predictions.probabilities)
    ordered = found.classes()
    few = len(ordered) <= 2 * EXTREMES
    return {
        "predictions": predictions,
        "found": found,
        "matrix": _matrix(found) if len(found.counts) <= TABLE_CLASSES else None,
        "image": None if len(found.counts) <= TABLE_CLASSES else _image(found),
        "best": ordered if few else ordered[:EXTREMES],
        "worst": [] if few else ordered[-EXTREMES:],
        "all": ordered,
    }


def _matrix(found: Confusion) -> list[list[tuple[int, float]]]:
    """Counts with their share of the true class, row by row."""
    return [
        [(int(count), float(share)) for count, share in zip(counts, shares, strict=True)]
        for counts, shares in zip(found.counts, found.shares, strict=True)
    ]


def _image(found: Confusion) -> Markup:
    """Shares of the true classes as an image, for more classes than a table can show."""
    import numpy as np

    plot = Plot("confusion", "Shares of each true class by predicted class", size=(4.8, 4.7))
    plot.label("predicted class, by number", "true class, by number", whole_x=True)
    shares = found.shares
    colours = np.zeros((*shares.shape, 4))
    colours[..., :3] = (0.72, 0.28, 0.18)
    colours[np.eye(len(shares), dtype=bool), :3] = (0.17, 0.47, 0.66)
    colours[..., 3] = np.sqrt(shares)
    plot.axes.imshow(colours, interpolation="nearest")
    plot.axes.grid(visible=False)
    return plot.svg()
