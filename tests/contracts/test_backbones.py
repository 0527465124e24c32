"""What every row of the table of backbones must hold; a new row is tested by being there.

Small ones run by default, all of them with `-m slow`.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest

from transfertune.search_spaces import BACKBONES

QUICK = ("drawn_net", "mobilenet_v2_035", "mobilenet_v3_small", "plain_cnn", "residual_net")
NAMES = [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in BACKBONES
]
# Training, saving and loading takes longest.
SAVED = [
    name
    if name in ("drawn_net", "mobilenet_v2_035")
    else pytest.param(name, marks=pytest.mark.slow)
    for name in BACKBONES
]
CUTS = (0, 5, 10, 20, 22, 30, 40, 50, "all")
FROM_SCRATCH = [row.name for row in BACKBONES.values() if row.from_scratch]
PUBLISHED = [row.name for row in BACKBONES.values() if row.pretrained_on == "ImageNet"]


def published_preprocessing(builder: str):
    """Return the preprocessing that Keras defines beside a builder of `keras.applications`."""
    import keras

    return sys.modules[getattr(keras.applications, builder).__module__].preprocess_input


@pytest.fixture(scope="module")
def base(task):
    """Build a backbone at its smallest size with random weights, each once."""
    from transfertune.tuner.backbones.backbone import build_base

    built = {}

    def get(name: str):
        if name not in built:
            built.clear()  # one at a time: the largest takes 200 MB
            built[name] = build_base(name, BACKBONES[name].smallest, "none")
        return built[name]

    return get


@pytest.fixture
def pixels():
    """Two images' pixels 0..255 at a backbone's smallest size."""

    def make(name: str):
        size = BACKBONES[name].smallest
        return np.random.default_rng(0).uniform(0, 255, (2, size, size, 3)).astype(np.float32)

    return make


@pytest.mark.parametrize("name", PUBLISHED)
def test_preprocessing_is_the_published_one(task, pixels, name):
    """Pixels 0..255 become exactly what the network's own `preprocess_input` makes of them."""
    from transfertune.tuner.backbones.backbone import preprocess

    row = BACKBONES[name]
    published = published_preprocessing(row.builder.split(":")[1])
    x = pixels(name)
    np.testing.assert_allclose(preprocess(row, x), published(x.copy()), rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_backbone_takes_its_smallest_size(base, name):
    """It is built at the smallest size that its row states, has as many layers, and gives a feature map or a vector."""
    row = BACKBONES[name]
    assert row.smallest <= row.image_size
    network = base(name).network
    assert network.input_shape == (None, row.smallest, row.smallest, 3)
    assert len(network.output_shape) == (2 if row.vector else 4)
    assert network.trainable_weights == []
    inputs = sum(type(layer).__name__ == "InputLayer" for layer in network.layers)
    assert row.layers == (0 if row.from_scratch else len(network.layers) - inputs)


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_network_is_the_network(base, pixels, name):
    """Wherever it is cut, suffix(prefix(x)) is network(x), to the bit."""
    import keras

    from transfertune.tuner.backbones.freeze_boundary import cut

    network, x = base(name).network, pixels(name)
    expected = np.asarray(network(x, training=False))
    for unfreeze in CUTS:
        parts = cut(network, unfreeze)
        middle = (
            [x] if parts.prefix is None else keras.tree.flatten(parts.prefix(x, training=False))
        )
        output = middle[0] if parts.suffix is None else parts.suffix(middle, training=False)
        np.testing.assert_array_equal(np.asarray(output), expected, err_msg=f"cut at {unfreeze}")


@pytest.mark.parametrize("name", [n for n in NAMES if n not in FROM_SCRATCH])
def test_blocks_are_cut_off_one_by_one(base, name):
    """Each block more unfreezes more layers; as many as the row states are everything; few tensors cross."""
    made = base(name)
    blocks = BACKBONES[name].blocks
    depths = [made.count_layers(f"{n} block{'s' * (n > 1)}") for n in range(1, blocks)]
    assert depths == sorted(set(depths))
    assert made.count_layers(f"{blocks} blocks") == "all"
    assert depths[0] >= 3
    crossing = len(made.cut("1 block").prefix.outputs)
    assert crossing == (2 if name == "nasnet_mobile" else 1)
    half = made.count_layers("50%")
    assert abs(made.count_layers("25%") - half / 2) <= 1


@pytest.mark.parametrize("name", SAVED)
@pytest.mark.parametrize("unfreeze", [pytest.param(0, marks=pytest.mark.slow), 10])
def test_a_classifier_is_saved_and_reloaded(task, train, tmp_path, name, unfreeze):
    """The whole model, preprocessing included, loads in safe mode and gives what training gave."""
    import keras

    from transfertune.tuner.models.assemble import assemble_network, predict_images

    size = BACKBONES[name].smallest
    training = train(name, size, unfreeze=unfreeze)
    model = assemble_network(training, training.recipe, "none")
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    one, two = (predict_images(m, task.paths, size, "crop") for m in (model, reloaded))
    np.testing.assert_array_equal(one, two)
    trained = training.predict(training.stages[-1], np.arange(6))
    np.testing.assert_allclose(two, trained, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(two.sum(axis=1), 1, atol=1e-5)
    assert not any("transfertune" in type(layer).__module__ for layer in reloaded.layers)
