"""Exports of the retrained model as a `.keras` file, and predictions with it."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from transfertune.reports import CostLimits
from transfertune.tuner import export_best, predict
from transfertune.tuner.errors import SearchError
from transfertune.tuner.models.labels import Labels
from transfertune.tuner.models.predict import read_labels

BARE = """
import json, sys, zipfile
import keras, numpy
from PIL import Image
model = keras.models.load_model(sys.argv[1], compile=False, safe_mode=True)
assert not any(name.startswith("transfertune") for name in sys.modules)
labels = json.loads(zipfile.ZipFile(sys.argv[1]).read("labels.json"))
with Image.open(sys.argv[2]) as image:
    pixels = numpy.asarray(image.convert("RGB").resize((labels["image_size"],) * 2), "float32")
probabilities = model.predict_on_batch(pixels[None])[0]
print(json.dumps(dict(zip(labels["classes"], probabilities.tolist()))))
"""


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    """The finished study's model, exported."""
    return export_best(finished, tmp_path_factory.mktemp("out") / "shapes.keras").files[0]


@pytest.fixture(scope="module")
def rows(finished, images):
    """images.csv as dictionaries with whole paths."""
    with (finished.folder / "images.csv").open(newline="") as file:
        return [{**row, "path": images / row["path"]} for row in csv.DictReader(file)]


def test_an_export_is_a_model_with_a_card_and_an_example(finished, exported):
    """Three files, with the names and the numbers of the study; the labels are in the model."""
    names = sorted(path.name for path in exported.parent.iterdir())
    assert names == ["shapes.card.md", "shapes.keras", "shapes_keras_example.py"]
    labels = read_labels(exported)
    known = {"confidences": (), "distances": (), "certainties": ()}
    assert replace(labels, **known) == Labels(("blue", "green", "red"), 32, "crop")
    assert 0 < labels.confidences[0] <= labels.confidences[-1] <= 1
    card = (exported.parent / "shapes.card.md").read_text()
    assert f"Test accuracy {finished.retrains[0].test.accuracy:.3f} on" in card
    epochs = finished.retrains[0].epochs  # those that were run
    for name, value in {**finished.recommended.recipe, "epochs": epochs}.items():
        assert f"| {name} | {value} |" in card
    assert "\n# shapes\n" in card
    for share in (
        r"With `--unsure 0\.05`, .* \d+ of these \d+",
        r"`\.keras` file also .* \d+ images",
    ):
        assert re.search(share, card)
    assert "tune predict shapes.keras image.jpg" in card
    assert "model.keras" not in card


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("model.h5", r"must end in \.keras, \.tflite, \.onnx"),
        ("nowhere/model.keras", "There is no folder .*nowhere"),
        ("/sys/model.keras", "/sys cannot be written .*; give another place for model.keras"),
    ],
)
def test_an_export_that_cannot_be_written_is_refused(finished, tmp_path, out, says):
    """The ending decides the format; a missing folder is not made."""
    with pytest.raises(SearchError, match=says):
        export_best(finished, tmp_path / out)
    assert list(tmp_path.iterdir()) == []


def test_a_model_beyond_the_limits_is_refused(finished, tmp_path):
    """The line names the trial to retrain; the card of one that keeps them claims what it was chosen for."""
    largest = max(finished.candidates, key=lambda trial: trial.parameters["total"])
    total, record = largest.parameters["total"], finished.retrains[0]
    limited = replace(finished, retrains=(replace(record, trial=largest.number),))
    limited = limited.with_limits(CostLimits(parameters=total - 1))
    number = limited.recommended.number
    with pytest.raises(SearchError, match=rf"not within the limits .*--trial {number} --again`"):
        export_best(limited, tmp_path / "model.keras")
    assert list(tmp_path.iterdir()) == []
    export_best(finished.with_limits(CostLimits(parameters=total)), tmp_path / "model.keras")
    assert "which is not the recommended one" not in (tmp_path / "model.card.md").read_text()


def test_predictions_are_those_of_the_retraining_to_the_bit(finished, exported, rows):
    """The test images' files give exactly the probabilities that the study keeps."""
    kept = finished.test_predictions()
    found = predict(exported, [rows[i]["path"] for i in kept["indices"]])
    np.testing.assert_array_equal(found.probabilities, kept["probabilities"])
    assert found.probabilities.dtype == np.float32
    assert found.classes == finished.classes


def test_an_image_is_judged_alone(finished, exported, rows):
    """One image by itself, and all in another order, have the same bits."""
    kept = finished.test_predictions()
    paths = [rows[i]["path"] for i in kept["indices"]]
    np.testing.assert_array_equal(
        predict(exported, paths[4:5]).probabilities, kept["probabilities"][4:5]
    )
    backwards = predict(exported, paths[::-1]).probabilities
    np.testing.assert_array_equal(backwards[::-1], kept["probabilities"])


def test_a_folder_is_all_its_images(exported, images, tmp_path):
    """Folders are searched through; what cannot be read is told and left out."""
    shutil.copytree(images / "red", tmp_path / "some" / "red")
    (tmp_path / "some" / "broken.jpg").write_bytes(b"nothing")
    (tmp_path / "some" / "notes.txt").write_text("no image")
    found = predict(exported, [tmp_path / "some"])
    assert len(found.paths) == len(found.probabilities) == 12
    ((path, why),) = found.unreadable
    assert path.name == "broken.jpg"
    assert why


def test_the_top_classes_come_best_first(exported, images):
    """As many as asked for, with probabilities that fall and belong to their classes."""
    found = predict(exported, [images / "red" / "00.png"])
    top = found.top(0, 2)
    assert len(top) == 2
    assert top[0][1] >= top[1][1]
    assert found.probabilities[0][found.classes.index(top[0][0])] == pytest.approx(top[0][1])
    assert len(found.top(0, 99)) == 3


def test_improbable_classes_are_unsure(finished, exported, rows):
    """Those that are less certain than a share of the validation images, and none without a share."""
    paths = [rows[i]["path"] for i in finished.test_predictions()["indices"]]
    found = predict(exported, paths, unsure=0.5)
    kept = finished.test_predictions()
    unsure = read_labels(exported).unsure(kept["probabilities"], kept["distances"], 0.5)
    assert found.unsure.tolist() == unsure.tolist()
    assert 0 < unsure.sum() < len(paths)
    assert [found.name(i) == "unsure" for i in range(len(paths))] == unsure.tolist()
    assert not predict(exported, paths).unsure.any()
    with pytest.raises(SearchError, match=r"unsure is a share from 0 to 1, but got 7"):
        predict(exported, paths, unsure=7)


def test_a_model_that_cannot_be_used_is_refused(exported, images, tmp_path):
    """A missing model, one without labels, damaged labels, and a file that is no model are one line each."""
    image, model = images / "red" / "00.png", tmp_path / "m.keras"
    cases = [
        (None, "There is no model"),
        (_without_labels(exported), "has no labels.json in it"),
    ]
    cases += [(b"", "has no labels.json in it"), (_with_labels(b"", "{"), "damaged labels")]
    cases += [(_with_labels(b"", "{}"), "damaged labels")]
    good = read_labels(exported)
    cases += [(_with_labels(b"PK", good.to_json()), "cannot be loaded as a Keras model")]
    four = replace(good, classes=("a", "b", "c", "d")).to_json()
    cases += [
        (_with_labels(_without_labels(exported), four), "has 3 classes but its labels have 4")
    ]
    for content, says in cases:
        if content is not None:
            model.write_bytes(content)
        with pytest.raises(SearchError, match=says) as caught:
            predict(model, [image])
        assert "\n" not in str(caught.value)


def test_a_study_in_place_of_a_model_is_named(finished, images):
    """Its model is what to give."""
    with pytest.raises(SearchError, match=r"is a study; give its model, .*best/model.keras"):
        predict(finished.folder, [images / "red"])


def _without_labels(model) -> bytes:
    """Return a model's file without its labels."""
    out = io.BytesIO()
    with zipfile.ZipFile(model) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != "labels.json":
                new.writestr(name, old.read(name))
    return out.getvalue()


def _with_labels(content: bytes, text: str) -> bytes:
    """Return a file with labels in the archive that it is, or that follows it."""
    out = io.BytesIO(content)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("labels.json", text)
    return out.getvalue()


def test_images_that_are_not_there_are_refused(exported, tmp_path):
    """A missing file, a folder without images, and nothing readable are one line each."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.png").write_bytes(b"")
    cases = {"nowhere.png": "no image or folder", "empty": "no image in"}
    for name, says in {**cases, "broken.png": "No image can be read \\(1 tried\\)"}.items():
        with pytest.raises(SearchError, match=says):
            predict(exported, [tmp_path / name])


def test_nothing_to_predict_is_refused(exported, tmp_path):
    """An empty list, and a pattern that matches an empty folder alone."""
    (tmp_path / "folder").mkdir()
    for sources, says in (
        ([], "There is no image in an"),
        ([str(tmp_path / "fold*")], "there is no image in it"),
    ):
        with pytest.raises(SearchError, match=says):
            predict(exported, sources)


def test_the_model_loads_with_keras_alone(exported, images):
    """Another process without this project reads the file and the labels in it, and knows the image."""
    image = images / "red" / "03.png"
    files = [exported, image]
    done = subprocess.run(
        [sys.executable, "-c", BARE, *map(str, files)], capture_output=True, text=True, check=True
    )
    there = json.loads(done.stdout)
    here = predict(exported, [image])
    assert max(there, key=there.get) == here.top(0, 1)[0][0]
