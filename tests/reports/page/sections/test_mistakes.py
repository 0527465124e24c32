"""The mistakes as images: out of fold, averaged, and without any image if need be."""

import numpy as np
import pytest
from PIL import Image

from transfertune.reports import load_study, write_reports
from transfertune.reports.analysis.held_out_predictions import predictions_on_validation


@pytest.fixture
def with_images(new_study, new_trial, tmp_path):
    """A study whose images are on the disk, all but the last ten, with two repeats of predictions."""
    (tmp_path / "images").mkdir()
    for number in range(50):
        Image.new("RGB", (30, 20), (5 * number, 0, 0)).save(tmp_path / f"images/{number}.png")
    trial = new_trial(1)
    folder = new_study(
        [trial], data={"root": str(tmp_path), "classes": ["circle", "square", "star"]}
    )
    rows = [f"{i},images/{i}.png,{i % 3},validation,d" for i in range(60)]
    (folder / "images.csv").write_text("\n".join(["index,path,label,split,digest", *rows]))
    labels = np.arange(60) % 3
    wrong = np.eye(3, dtype=np.float32)[(labels + (np.arange(60) >= 45)) % 3]
    np.savez(
        folder / "trials" / "0001" / "predictions.npz",
        indices=np.concatenate([np.arange(60), np.arange(60)[::-1]]),
        labels=np.concatenate([labels, labels[::-1]]),
        probabilities=np.concatenate([wrong, 0.5 * wrong[::-1] + 0.5 / 3]).astype(np.float32),
        repeats=np.repeat([0, 1], 60).astype(np.int16),
        folds=np.zeros(120, np.int16),
    )
    return folder


def test_repeats_are_averaged_an_image(with_images):
    """Two predictions of an image are one row of the predictions, their mean."""
    predictions = predictions_on_validation(load_study(with_images), 1)
    assert (len(predictions.indices), predictions.repeats) == (60, 2)
    assert predictions.confidence == pytest.approx(np.full(60, (1 + 0.5 + 0.5 / 3) / 2))
    assert list(np.flatnonzero(~predictions.correct)) == list(range(45, 60))


def test_mistakes_are_shown_and_missing_images_survived(with_images):
    """Mistakes have their images inside the page; those that are gone are said to be."""
    text = write_reports(load_study(with_images))["report.html"].read_text("utf-8")
    assert "misclassified 15 of 60 validation images" in text
    assert text.count("data:image/jpeg;base64,") > 5
    assert text.count("image not found") >= 10
    assert "10 images could not be read" in text
    assert "the mean of up to 2 such fits" in text


def test_without_the_list_of_images_the_mistakes_are_told_still(with_images):
    """A copied study without images.csv, or whose data is elsewhere, has its report."""
    (with_images / "images.csv").unlink()
    text = write_reports(load_study(with_images))["report.html"].read_text("utf-8")
    assert "misclassified 15 of 60 validation images" in text
    assert "data:image" not in text
