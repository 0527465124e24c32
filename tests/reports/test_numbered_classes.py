"""Classes called 1 to 12, none at the position of its name: a name is never read as a position."""

import re

import numpy as np
import pytest

from transfertune.reports import Study, load_study, write_predictions, write_reports
from transfertune.reports.analysis.held_out_predictions import predictions_on_validation
from transfertune.reports.page.sections.classes import classes
from transfertune.reports.page.sections.data import data
from transfertune.reports.page.sections.mistakes import mistakes

NAMES = ("7", "10", "1", "11", "12", "2", "3", "4", "5", "6", "8", "9")
EACH = 12


@pytest.fixture
def study(new_study, new_trial) -> Study:
    """A study with EACH validation images of each class, of which position p has p images predicted as the next one."""
    folder = new_study([new_trial(1)], data={"classes": list(NAMES)})
    labels = np.repeat(np.arange(len(NAMES)), EACH)
    wrong = np.tile(np.arange(EACH), len(NAMES)) < labels
    predicted = (labels + wrong) % len(NAMES)
    write_predictions(
        folder / "trials" / "0001" / "predictions.npz",
        {
            "indices": np.arange(len(labels)),
            "labels": labels,
            "probabilities": (0.88 * np.eye(len(NAMES)) + 0.01)[predicted].astype(np.float32),
        },
    )
    rows = [f"{i},{NAMES[p]}/{i}.png,{p},validation,d" for i, p in enumerate(labels)]
    train = np.repeat(np.arange(len(NAMES)), np.arange(len(NAMES)))
    rows += [f"{i},{NAMES[p]}/{i}.png,{p},train,d" for i, p in enumerate(train, len(rows))]
    (folder / "images.csv").write_text("\n".join(["index,path,label,split,digest", *rows]))
    return load_study(folder)


def test_predictions_frame(study):
    """Labels and predictions are names, and the column of a class has its probability."""
    frame = study.predictions_frame(1)
    images = study.images_frame().loc[frame["image"]]
    stored = study.predictions(1)
    assert list(frame["label"]) == [NAMES[p] for p in stored["labels"]]
    assert list(frame["label"]) == list(images["label"])
    assert list(frame["predicted"]) == [NAMES[p] for p in stored["probabilities"].argmax(axis=1)]
    for position, name in enumerate(NAMES):
        np.testing.assert_array_equal(frame[f"p_{name}"], stored["probabilities"][:, position])


def test_held_out_predictions(study):
    """The names stand at their positions."""
    assert predictions_on_validation(study, 1).names == NAMES


def test_class_scores(study):
    """Each class has its own images and mistakes."""
    found = classes(study)
    wrong = {
        found["predictions"].names[one.label]: one.images - one.correct for one in found["all"]
    }
    assert wrong == {name: position for position, name in enumerate(NAMES)}


def test_confusion_matrix(study):
    """On the page, each count of the matrix has the names of its row and its column."""
    page = write_reports(study)["report.html"].read_text("utf-8")
    cells = re.findall(r'title="(\w+) predicted as (\w+): (\d+),', page)
    pairs = zip(NAMES, NAMES[1:] + NAMES[:1], strict=True)
    assert {(a, b): int(count) for a, b, count in cells if a != b} == {
        pair: position for position, pair in enumerate(pairs) if position
    }
    assert {a: int(count) for a, b, count in cells if a == b} == {
        name: EACH - position for position, name in enumerate(NAMES)
    }


def test_mistakes(study):
    """The most confused pairs are named, and each mistake has the image of its class."""
    found = mistakes(study)
    pairs = [(pair["label"], pair["predicted"], pair["count"]) for pair in found["pairs"]]
    following = NAMES[1:] + NAMES[:1]
    assert pairs == [(NAMES[p], following[p], p) for p in (11, 10, 9, 8, 7, 6)]
    shown = [*found["worst"], *(image for pair in found["pairs"] for image in pair["images"])]
    assert all(image["path"].startswith(f"{image['label']}/") for image in shown)


def test_images_per_class(study):
    """The table of the data has the counts of each class beside its name."""
    assert data(study)["classes"] == [(name, (p, EACH, 0)) for p, name in enumerate(NAMES)]
