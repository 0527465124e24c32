"""The small backbone: its shipped weights load, are small, and pay on shapes they were not made from."""

from __future__ import annotations

import h5py
import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from transfertune.datasets import decode, load_dataset
from transfertune.search_spaces import BACKBONES
from transfertune.tuner.backbones.backbone import build_base, preprocess
from transfertune.tuner.backbones.drawn_net import DrawnNet
from transfertune.tuner.backbones.pretrain_drawn_net import (
    VariedImages,
    pretrain,
    vary,
    write_weights,
)
from transfertune.tuner.backbones.weights import SHIPPED

ROW = BACKBONES["drawn_net"]
FILE = SHIPPED / ROW.weights_files[0]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Return the `drawn` set's pixels, labels and which of them are for training."""
    dataset = load_dataset("drawn", cache=tmp_path_factory.mktemp("cache"))
    pixels = np.stack([decode(image.path, ROW.image_size) for image in dataset.images])
    return pixels, dataset.labels, np.array([p.split == "train" for p in dataset.images])


def features(pixels: np.ndarray, weights: str) -> np.ndarray:
    """Return features averaged over space, (N, 128)."""
    base = build_base(ROW.name, ROW.image_size, weights)
    inputs = keras.Input((ROW.image_size, ROW.image_size, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(base.network(preprocess(ROW, inputs)))
    return keras.Model(inputs, pooled).predict(pixels, verbose=0)


def probe(pixels: np.ndarray, labels: np.ndarray, train: np.ndarray, weights: str) -> float:
    """Return the test accuracy of a logistic regression whose strength was fixed beforehand."""
    known = features(pixels, weights)
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
    return probe.fit(known[train], labels[train]).score(known[~train], labels[~train])


def test_transfer_pays(drawn):
    """On the `drawn` set a probe on pretrained features is far above one on random features (0.88 against 0.23)."""
    pretrained, random = probe(*drawn, "imagenet"), probe(*drawn, "none")
    assert pretrained > 0.7
    assert pretrained > random + 0.4


def test_the_shipped_file_holds_small_weights_alone():
    """It is below 1 MB and has no optimizer in it."""
    assert FILE.stat().st_size < 1_000_000
    with h5py.File(FILE) as file:
        assert "optimizer" not in file


def test_bases_with_and_without_the_shipped_weights_differ():
    """`imagenet` means the shipped file here; all of the network's values come from it."""
    shipped, random = (build_base(ROW.name, ROW.image_size, w) for w in ("imagenet", "none"))
    assert shipped.digest != random.digest
    assert shipped.network.count_params() == random.network.count_params() < 150_000
    for one, other in zip(shipped.network.weights, random.network.weights, strict=True):
        assert not np.array_equal(one, other), one.path


@pytest.mark.parametrize("size", [ROW.smallest, ROW.image_size, 100])
def test_the_feature_map_is_a_sixteenth(size):
    """Any size from the smallest on gives 128 features at every sixteenth pixel."""
    network = build_base(ROW.name, size, "imagenet").network
    assert network.output_shape == (None, size // 16, size // 16, 128)


@pytest.mark.slow
def test_pretraining_repeats_and_its_file_loads(tmp_path):
    """A very short pretraining gives the same weights twice, and they load as the shipped ones do."""
    network, accuracy = pretrain(per_class=4, held_out=1, epochs=1)
    again, _ = pretrain(per_class=4, held_out=1, epochs=1)
    assert 0 <= accuracy <= 1
    write_weights(network, tmp_path / FILE.name)
    assert [path.name for path in tmp_path.iterdir()] == [FILE.name]
    loaded = DrawnNet(include_top=False, weights=None, input_shape=network.input_shape[1:])
    loaded.load_weights(tmp_path / FILE.name)
    for one, other, third in zip(network.weights, loaded.weights, again.weights, strict=True):
        assert np.array_equal(one, other)
        assert np.allclose(one, third, atol=0.01)


def test_images_are_varied_within_their_range():
    """Varying depends on the generator alone, keeps shape and range, and changes most images."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    first, second = (vary(pixels, np.random.default_rng(1)) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == pixels.shape
    assert first.dtype == np.float32
    assert first.min() >= 0 and first.max() <= 255
    assert np.mean(np.any(first != pixels, axis=(1, 2, 3))) > 0.9


def test_every_epoch_shows_every_image_once():
    """Batches of an epoch hold each image once, in another order in the next epoch."""
    batches = VariedImages(np.zeros((150, 4, 4, 3), np.uint8), np.arange(150), seed=3)
    first = np.concatenate([batches[i][1] for i in range(len(batches))])
    batches.on_epoch_end()
    second = np.concatenate([batches[i][1] for i in range(len(batches))])
    assert sorted(first) == sorted(second) == list(range(150))
    assert not np.array_equal(first, second)
