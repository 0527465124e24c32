"""TensorFlow Datasets: real sets of the real package, made here instead of downloaded."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from transfertune.datasets import DRAWN_CLASSES, DataError, draw_images, load_dataset

tfds = pytest.importorskip(
    "tensorflow_datasets", reason="tensorflow-datasets is an optional package of users"
)


class _Drawn(tfds.core.GeneratorBasedBuilder):
    """What the sets below have in common; the package knows each by the name of its class."""

    VERSION = tfds.core.Version("1.0.0")
    SKIP_REGISTERING = True
    splits = ("train", "test")
    label = "label"
    channels = 3

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(64, 64, self.channels), encoding_format="png"),
            self.label: tfds.features.ClassLabel(names=list(DRAWN_CLASSES)),
        }
        return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

    def _split_generators(self, download_manager):
        return {name: self._generate_examples(seed) for seed, name in enumerate(self.splits)}

    def _generate_examples(self, seed):
        pixels, labels = draw_images(DRAWN_CLASSES, 3, 64, seed)
        for number, (one, label) in enumerate(zip(pixels, labels, strict=True)):
            yield number, {"image": one[..., : self.channels], self.label: int(label)}


class DrawnInTwoSplits(_Drawn):
    """Stated training and test images."""


class DrawnInOneSplit(_Drawn):
    """Nothing stated, and gray."""

    splits = ("train",)
    channels = 1


class DrawnWithoutLabel(_Drawn):
    """Its classes have another name."""

    label = "kind"


def test_a_set_is_read_with_its_splits_and_classes(tmp_path):
    """The images are the set's own, in its classes and splits; progress counts them; a second call reads the copy."""
    heard = []
    found = load_dataset(
        "tfds:drawn_in_two_splits", cache=tmp_path, progress=lambda *said: heard.append(said)
    )
    assert found.name == "tfds:drawn_in_two_splits"
    assert found.classes == tuple(sorted(DRAWN_CLASSES))
    splits = [image.split for image in found.images]
    assert {name: splits.count(name) for name in splits} == dict.fromkeys(
        ("train", "test"), 3 * len(DRAWN_CLASSES)
    )
    assert ("writing images", 6 * len(DRAWN_CLASSES), 6 * len(DRAWN_CLASSES)) in heard
    pixels, labels = draw_images(DRAWN_CLASSES, 3, 64, 1)
    drawn = {
        (one.tobytes(), DRAWN_CLASSES[label]) for one, label in zip(pixels, labels, strict=True)
    }
    assert drawn == {
        (_pixels(image.path).tobytes(), found.classes[image.label])
        for image in found.images
        if image.split == "test"
    }
    again = load_dataset("tfds:drawn_in_two_splits", cache=tmp_path)
    assert again.digest == found.digest


def test_a_set_of_one_split_states_none(tmp_path):
    """Its images are divided as those of a folder are."""
    found = load_dataset("tfds:drawn_in_one_split", cache=tmp_path)
    assert {image.split for image in found.images} == {None}
    assert len(found.images) == 3 * len(DRAWN_CLASSES)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "drawn_without_label",
            "needs one image and one label per example, but its features are image, kind",
        ),
        ("no_such_set_at_all", "TensorFlow Datasets cannot load it"),
    ],
)
def test_what_it_cannot_give_is_refused_in_one_line(tmp_path, name, says):
    """The message says why, and nothing is left of the attempt."""
    with pytest.raises(DataError, match=says) as caught:
        load_dataset(f"tfds:{name}", cache=tmp_path)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "datasets").glob("tfds_*"))


def test_without_the_package_it_says_how_to_get_it(tmp_path, monkeypatch):
    """It is not among the project's own packages."""
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(DataError, match="pip install tensorflow-datasets importlib_resources"):
        load_dataset("tfds:mnist", cache=tmp_path)


def _pixels(path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
