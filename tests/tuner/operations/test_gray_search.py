"""A search of 12-bit images: one scale from the check to every export, which the card's code repeats."""

from __future__ import annotations

import json
import re
import zipfile

import keras
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageOps

from transfertune.tuner import export_best, load_study, predict
from transfertune.tuner.cli.main import tune
from transfertune.tuner.models.predict import read_labels


@pytest.fixture(scope="module")
def gray_images(tmp_path_factory):
    """Classes of 12-bit images that differ in how bright they are, which no scale of their own would keep."""
    root, rng = tmp_path_factory.mktemp("gray") / "scans", np.random.default_rng(0)
    for name, middle in (("NA", 2600), ("001", 700), ("path", 1600)):
        (root / name).mkdir(parents=True)
        for number in range(12):
            values = np.clip(rng.normal(middle, 300, (40, 40)), 0, 4095).astype(np.uint16)
            values[0, 0], values[0, 1] = 0, 4095
            Image.fromarray(values).save(root / name / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def study(gray_images, run_search, tmp_path_factory):
    """A finished study of them."""
    return run_search(
        tmp_path_factory.mktemp("study") / "gray", data=gray_images, retrain_winner=True, trials=1
    )


def code_of(card: str):
    """Return the function that the card's Python makes: from a file to pixels."""
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)

    def pixels(path):
        names = {"np": np, "Image": Image, "ImageOps": ImageOps, "path": path}
        exec(code, names)  # noqa: S102 - the code that a reader of the card runs
        return names["pixels"]

    return pixels


def test_the_scale_travels_with_the_model(study, tmp_path):
    """It is in the header, in the labels inside the file, and in the card; the scores are those of the file."""
    out = tmp_path / "scans.keras"
    export_best(study, out)
    expected = {"uint16": [0.0, 4095.0]}
    assert {k: list(v) for k, v in study.header.data.gray_scale.items()} == expected
    inside = json.loads(zipfile.ZipFile(out).read("labels.json"))
    assert inside["gray"] == expected
    card = (tmp_path / "scans.card.md").read_text()
    assert "has the scale of the training images: 0 to 4095 (16-bit) becomes 0 to 255." in card
    kept, images = study.test_predictions(), study.images()
    found = predict(out, [images.path(i) for i in kept["indices"]])
    np.testing.assert_array_equal(found.probabilities, kept["probabilities"])
    assert load_study(study.folder).header.data.gray_scale == study.header.data.gray_scale


def test_names_of_classes_stay_text(study, gray_images, tmp_path):
    """NA is not missing, 001 is no number, and a class may be called like a column, in every table."""
    out = tmp_path / "scans.keras"
    export_best(study, out)
    names = ("001", "NA", "path")
    assert predict(out, [gray_images / "NA/0.png"]).classes == study.classes == names
    assert set(study.images_frame()["label"]) == set(names)
    words = ["predict", str(out), str(gray_images / "NA/0.png"), "--csv"]
    header, row = CliRunner().invoke(tune, words).stdout.splitlines()
    assert header == "path,class,p_001,p_NA,p_path"
    assert row.split(",")[1] in names


def test_the_cards_code_repeats_predict(study, gray_images, tmp_path):
    """12 bits, large and turned JPEG files and a missing end marker: Pillow and Keras alone give the same to 1e-6."""
    out = tmp_path / "scans.keras"
    export_best(study, out)
    card = (tmp_path / "scans.card.md").read_text()
    model = keras.models.load_model(out, compile=False)
    rng, size = np.random.default_rng(1), read_labels(out).image_size
    photo = Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)).resize((900, 600))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(tmp_path / "large.jpg")
    photo.save(tmp_path / "turned.jpg", exif=exif)
    photo.resize((50, 31)).save(tmp_path / "small.png")
    Image.fromarray(np.arange(1600, dtype=np.uint16).reshape(40, 40) * 2).save(tmp_path / "x.tif")
    files = [*sorted(gray_images.glob("*/1*.png")), *sorted(tmp_path.glob("*.[jpt]*g"))]
    files.append(tmp_path / "x.tif")
    found = predict(out, files)
    assert len(found.paths) == len(files) >= 10
    for path, row in zip(found.paths, found.probabilities, strict=True):
        pixels = code_of(card)(path)
        assert pixels.shape == (1, size, size, 3)
        np.testing.assert_allclose(np.asarray(model.predict_on_batch(pixels))[0], row, atol=1e-6)
