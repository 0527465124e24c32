"""The reliability diagram: predicted probabilities against the share of correct predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...analysis.calibration import Bin, Calibration, calibration
from ...analysis.held_out_predictions import predictions_on_test, recommended_predictions
from ...ranking.intervals import wilson
from ...wording.formatting import percent, plural
from ..plots.plot import Plot
from ..plots.svg import COLOURS, Mark

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...ranking.study import Study

SURE = 0.05  # a difference below this is called none


def calibration_section(study: Study) -> dict[str, Any] | None:
    """Return the diagram and the expected calibration errors, out of fold and on test; None without predictions."""
    found = {}
    for predictions in (recommended_predictions(study), predictions_on_test(study)):
        one = predictions and calibration(predictions.confidence, predictions.correct)
        if predictions and one:
            found[predictions.kind] = one
    if not found:
        return None
    return {
        "errors": {kind: one.error for kind, one in found.items()},
        "said": calibration_sentence(found),
        "scaled": _temperature_sentence(study),
        "plot": _plot(found),
    }


def calibration_sentence(found: dict[str, Calibration]) -> str:
    """Say how sure and how right the model is, by its test images where there are any."""
    kind = "test" if "test" in found else "validation"
    one = found[kind]
    low, high = wilson(one.accuracy, one.images)
    if high - low > 2 * SURE and low <= one.confidence <= high:
        verdict = "these are too few images to say how well the model is calibrated"
    elif abs(one.overconfidence) < SURE:
        verdict = "the model is well calibrated"
    else:
        verdict = f"the model is {'over' if one.overconfidence > 0 else 'under'}confident"
    return (
        f"On the {plural(one.images, f'{kind} image')}, the mean probability of the predicted class is "
        f"{percent(one.confidence)}, and {percent(one.accuracy)} of the predictions are correct: "
        f"{verdict}."
    )


def _temperature_sentence(study: Study) -> str | None:
    """Say how the retrained model's probabilities were calibrated."""
    last = study.retrains[-1] if study.retrains else None
    if last is None or last.temperature == 1:
        return None
    return (
        f"The retrained model scales its probabilities with temperature {last.temperature:.2f}, which lowers the loss "
        "of the validation predictions. The test images are predicted so, the validation images are not."
    )


def _plot(found: dict[str, Calibration]) -> Markup:
    plot = Plot("calibration", "Share of correct predictions by predicted probability")
    axes = plot.axes
    plot.label("probability of the predicted class", "share correct")
    axes.plot([0, 1], [0, 1], color=COLOURS["muted"], lw=1, ls=":", label="perfect calibration")
    for kind, colour in (("validation", "accent"), ("test", "s2")):
        if kind not in found:
            continue
        bins = found[kind].bins
        x, y = [one.confidence for one in bins], [one.accuracy for one in bins]
        ends = [wilson(one.accuracy, one.images) for one in bins]
        axes.vlines(x, *zip(*ends, strict=True), color=COLOURS[colour], lw=1, alpha=0.45)
        axes.plot(x, y, color=COLOURS[colour], lw=1.4, alpha=0.7, label=kind)
        sizes = [14 + 90 * one.images / found[kind].images for one in bins]
        marks = [Mark(None, _words(one)) for one in bins]
        plot.points(x, y, marks, color=COLOURS[colour], s=sizes)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.04)
    plot.legend()
    return plot.svg()


def _words(one: Bin) -> str:
    images = plural(one.images, "image")
    return f"{images}, mean probability {percent(one.confidence)}, {percent(one.accuracy)} correct"
