"""What the card says of the retrained model's scores on the test images."""

from typing import Any

from ...reports import (
    Study,
    StudyError,
    confusion,
    final_score,
    markdown_text,
    side_by_side,
    spread_over_seeds,
    wilson,
)
from .labels import Labels

# The share of validation images that the card calls unsure.
_UNSURE_SHARE = 0.05


def scores_text(study: Study, labels: Labels) -> str:
    """Say what the retrained model scored on the test images, and how far that can be trusted."""
    test = study.retrains[-1].test
    if test is None:
        return "It was not scored on test images."
    low, high = wilson(test.accuracy, test.images)
    look = study.retrains[-1].look
    words = (
        f"Test accuracy {test.accuracy:.3f} on {test.images} images that nothing was trained on or chosen by (95 % "
        f"interval {low:.3f} to {high:.3f})."
    )
    for one in side_by_side(study):
        if one.kind == "test":
            others = [f"{n.replace('_', ' ')} {one.scores[n]:.3f}" for n in one.scores][1:]
            words += f" On the same images: {', '.join(others)}."
    final = final_score(study)
    if study.objective != "accuracy" and final is not None and final.score is not None:
        bounds = "" if final.interval is None else " (95 % interval {:.3f} to {:.3f})"
        words += f" Test {study.objective.replace('_', ' ')}, which the search improved, {final.score:.3f}"
        words += f"{bounds.format(*final.interval or ())}."
    words += "" if final is None else spread_over_seeds(study, final)
    words += _unsure(study, labels)
    if study.retrains[-1].temperature != 1:
        words += (
            f" The probabilities are calibrated: scaled with temperature {study.retrains[-1].temperature:.2f}, which "
            "was fitted to the validation predictions."
        )
    if look > 1:
        words += f" The test images were scored {look} times by then, which makes this optimistic."
    return words


def _unsure(study: Study, labels: Labels) -> str:
    """Say what `tune predict --unsure` costs on the test images."""
    found = _predictions(study)
    if found is None or not labels.confidences:
        return ""
    probabilities, distances = found["probabilities"], found.get("distances")
    right = probabilities.argmax(axis=1) == found["labels"]
    least = labels.least_confidence(_UNSURE_SHARE)
    unsure = labels.unsure(probabilities, None, _UNSURE_SHARE)
    said = (
        f" With `--unsure {_UNSURE_SHARE}`, answers with a probability below {least:.3f} are unsure: {unsure.sum()} of "
        f"these {len(unsure)} images, {(unsure & right).sum()} of which would have been right."
    )
    if distances is None or not labels.distances:
        return said
    unsure = labels.unsure(probabilities, distances, _UNSURE_SHARE)
    return said + (
        " The `.keras` file also judges how far an image's features are from those of the training images, and finds "
        f"{unsure.sum()} images unsure, {(unsure & right).sum()} of which would have been right."
    )


def _predictions(study: Study) -> dict[str, Any] | None:
    """Return the predictions of the test images, None where there are none or they are lost."""
    try:
        return study.test_predictions() if study.retrains[-1].test is not None else None
    except StudyError:
        return None


def class_rows(study: Study, labels: Labels) -> list[tuple[str, ...]]:
    """Return the results of each class as the rows of a table, none without predictions of the test images."""
    found = _predictions(study)
    if found is None:
        return []
    classes = confusion(found["labels"], found["probabilities"]).classes()
    rows = [("class", "test images", "recognised", "right when named"), ("---", *["---:"] * 3)]
    for one in sorted(classes, key=lambda one: one.label):
        share = [f"{x:.2f}" if x is not None else "" for x in (one.recall, one.precision)]
        rows.append((markdown_text(labels.classes[one.label]), str(one.images), *share))
    return rows
