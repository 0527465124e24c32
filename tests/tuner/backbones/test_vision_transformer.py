"""Vision transformers of keras-hub: two tokens an image, any size, weights from a file; refused without the package."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from transfertune.tuner.backbones.packages import missing_packages
from transfertune.tuner.backbones.weights import weights_mistakes
from transfertune.tuner.errors import SearchError

_SMALL = {"num_layers": 2, "hidden_dim": 32, "num_heads": 2}
KINDS = {
    "vit": {"kind": "ViTBackbone", "patch_size": 16, "mlp_dim": 64, **_SMALL},
    "dinov2": {
        "kind": "DINOV2Backbone",
        "patch_size": 14,
        "intermediate_dim": 64,
        "position_embedding_shape": (70, 70, 3),
        **_SMALL,
    },
}
INSTALL = r'keras-hub is not installed \(pip install "transfertune\[hub\]"\)'


@pytest.fixture(scope="module", params=KINDS)
def build(request, keras_ready):
    """Build a small transformer of each kind, whose positions are made for 64 pixels."""
    pytest.importorskip("keras_hub", reason="keras-hub is not installed")
    from transfertune.tuner.backbones.vision_transformer import VisionTransformer

    def make(size: int, weights=None):
        return VisionTransformer(
            include_top=False,
            weights=weights,
            input_shape=(size, size, 3),
            preset="small",
            native_size=64,
            **KINDS[request.param],
        )

    return make


@pytest.fixture(scope="module")
def file(build, tmp_path_factory):
    """The weights of a transformer for 64 pixels, and the transformer."""
    network = build(64)
    path = tmp_path_factory.mktemp("weights") / "model.weights.h5"
    network.get_layer("transformer").save_weights(path)
    return path, network


def images(size: int) -> np.ndarray:
    """Two images of noise in -1..1."""
    return np.random.default_rng(0).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)


def test_the_two_tokens_are_those_of_the_transformer(build):
    """The class token comes first, then the mean of all others; pixels beyond the last whole patch do not count."""
    import keras

    network = build(75)
    transformer = network.get_layer("transformer")
    size = keras.tree.flatten(transformer.input)[0].shape[1]
    before = (75 - size) // 2
    x = images(75)
    inner = x[:, before : before + size, before : before + size]
    tokens = np.asarray(transformer(keras.tree.map_structure(lambda _: inner, transformer.input)))
    output = np.asarray(network(x))
    assert output.shape == (2, 2, 32)
    np.testing.assert_array_equal(output[:, 0], tokens[:, 0])
    np.testing.assert_allclose(output[:, 1], tokens[:, 1:].mean(axis=1), atol=1e-5)


def test_weights_come_from_a_file(build, file):
    """At the size of the file, the network is the one that was saved."""
    path, network = file
    np.testing.assert_array_equal(build(64, path)(images(64)), network(images(64)))


def test_positions_are_resized_to_other_sizes(build, file):
    """At another size only the positions differ, and those of a grid that is twice as fine vary as the old ones do."""
    path, network = file
    small, large = (n.get_layer("transformer").weights for n in (network, build(128, path)))
    for one, two in zip(small, large, strict=True):
        if one.shape == two.shape:
            np.testing.assert_array_equal(one, two)
        else:
            assert "position" in one.path
            one, two = (np.asarray(v).reshape(-1, 32) for v in (one, two))
            np.testing.assert_array_equal(one[0], two[0])
            assert two[1:].mean() == pytest.approx(one[1:].mean(), abs=2e-3)


def test_a_missing_package_is_one_line(keras_ready, monkeypatch, tmp_path):
    """A row that needs keras-hub is refused where it is not installed, before anything is built."""
    from transfertune.tuner.backbones.backbone import build_base

    monkeypatch.setitem(sys.modules, "keras_hub", None)
    (message,) = missing_packages(["mobilenet_v2", "vit_base", "dinov2_small"])
    assert message.startswith("keras-hub is not installed (pip install")
    assert weights_mistakes(["dinov2_small"], "none") == [
        'keras-hub is not installed (pip install "transfertune[hub]"), but dinov2_small needs it.'
    ]
    for weights in ("none", "imagenet", str(tmp_path)):
        with pytest.raises(SearchError, match=INSTALL):
            build_base("dinov2_small", 32, weights)


def test_other_backbones_need_no_package(monkeypatch):
    """Without keras-hub nothing is said about rows of Keras itself."""
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    assert weights_mistakes(["mobilenet_v2", "drawn_net"], "none") == []
