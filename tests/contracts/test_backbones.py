"""What every row of the table of backbones must hold; a new row is tested by being there.

Small ones run by default, all of them with `-m slow`.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from transfertune.search_spaces import BACKBONES

QUICK = ("drawn_net", "mobilenet_v2_035", "mobilenet_v3_small", "plain_cnn", "residual_net")
NEEDS_HUB = pytest.mark.skipif(find_spec("keras_hub") is None, reason="keras-hub is not installed")


def rows(names, quick=QUICK):
    """Return names as parameters: slow ones marked, those that need keras-hub skipped without it."""
    params = []
    for name in names:
        marks = [] if name in quick else [pytest.mark.slow]
        marks += [NEEDS_HUB] if BACKBONES[name].package else []
        params.append(pytest.param(name, marks=marks))
    return params


NAMES = rows(BACKBONES)
GUIDE = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")
CUTS = (0, 5, 10, 20, 22, 30, 40, 50, "all")
FROM_SCRATCH = [row.name for row in BACKBONES.values() if row.from_scratch]
CUT = [row.name for row in BACKBONES.values() if not (row.from_scratch or row.only_frozen)]
TOKENS = [row.name for row in BACKBONES.values() if row.output == "tokens"]
# Training, saving and loading takes longest.
SAVED = rows(BACKBONES, ("drawn_net", "mobilenet_v2_035"))
SAVED_TUNED = rows([*CUT, *FROM_SCRATCH], ("drawn_net",))
PUBLISHED = [
    row.name for row in BACKBONES.values() if row.builder.startswith("keras.applications:")
]


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


@pytest.mark.parametrize("name", rows(TOKENS, TOKENS))
def test_preprocessing_of_a_transformer_is_the_published_one(task, pixels, name):
    """Pixels 0..255 become what keras-hub's own converter makes of them with the preset's mean and deviation."""
    import keras_hub

    from transfertune.tuner.backbones.backbone import preprocess

    row = BACKBONES[name]
    half = ([0.5] * 3, [0.5] * 3)
    imagenet = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    mean, deviation = imagenet if name.startswith("dinov2") else half
    converter = getattr(
        keras_hub.layers, row.arguments["kind"].replace("Backbone", "ImageConverter")
    )(
        scale=[1 / 255 / d for d in deviation],
        offset=[-m / d for m, d in zip(mean, deviation, strict=True)],
    )
    x = pixels(name)
    np.testing.assert_allclose(preprocess(row, x), converter(x), rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("name", rows(TOKENS, ()))
def test_a_transformer_has_as_many_weights_as_its_preset(task, name):
    """The row's arguments are those of the preset, as far as its number of weights says."""
    import keras_hub

    arguments = dict(BACKBONES[name].arguments)
    kind, preset = getattr(keras_hub.models, arguments.pop("kind")), arguments.pop("preset")
    shape = (arguments.pop("native_size"),) * 2 + (3,)
    shape = arguments.get("position_embedding_shape", shape)
    stated = kind.presets[preset]["metadata"]["params"]
    assert kind(image_shape=shape, **arguments).count_params() == stated


@pytest.mark.parametrize("name", NAMES)
def test_a_backbone_takes_its_smallest_size(base, name):
    """At its smallest size it has the layers and the output of its row, and the weights that the guide states."""
    row = BACKBONES[name]
    assert row.smallest <= row.image_size
    network = base(name).network
    assert network.input_shape == (None, row.smallest, row.smallest, 3)
    assert len(network.output_shape) == {"map": 4, "vector": 2, "tokens": 3}[row.output]
    assert network.trainable_weights == []
    line = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` |"))
    assert f"| {row.image_size} | {network.count_params() / 1e6:.2g} |" in line
    inputs = sum(type(layer).__name__ == "InputLayer" for layer in network.layers)
    trainable = 0 if row.from_scratch or row.only_frozen else len(network.layers) - inputs
    assert row.layers == trainable


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_network_is_the_network(base, pixels, name):
    """Wherever it is cut, suffix(prefix(x)) is network(x), to the bit."""
    import keras

    from transfertune.tuner.backbones.freeze_boundary import cut

    network, x = base(name).network, pixels(name)
    expected = np.asarray(network(x, training=False))
    for unfreeze in CUTS[:1] if BACKBONES[name].only_frozen else CUTS:
        parts = cut(network, unfreeze)
        middle = (
            [x] if parts.prefix is None else keras.tree.flatten(parts.prefix(x, training=False))
        )
        output = middle[0] if parts.suffix is None else parts.suffix(middle, training=False)
        np.testing.assert_array_equal(np.asarray(output), expected, err_msg=f"cut at {unfreeze}")


@pytest.mark.parametrize("name", rows(CUT))
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


@pytest.mark.parametrize("name", SAVED_TUNED)
def test_a_fine_tuned_classifier_is_saved_and_reloaded(task, train, tmp_path, name):
    """The whole model, preprocessing included, loads in safe mode and gives what training gave."""
    save_and_reload(task, train, tmp_path, name, unfreeze=10)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAVED)
def test_a_frozen_classifier_is_saved_and_reloaded(task, train, tmp_path, name):
    """The same with everything frozen."""
    save_and_reload(task, train, tmp_path, name)


@pytest.mark.parametrize(
    "tokens", ["mean", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("class", "both"))]
)
@pytest.mark.parametrize("name", rows(["dinov2_small"], ["dinov2_small"]))
def test_tokens_are_pooled_as_the_recipe_says(task, train, base, tmp_path, name, tokens):
    """Head and probe see the chosen tokens, whose one pass is stored once, and so does the exported model."""
    from transfertune.tuner.events import unheard
    from transfertune.tuner.features.features import is_pooled
    from transfertune.tuner.training.estimators import feature_source
    from transfertune.tuner.training.probes.probe import FrozenFeatures

    training = save_and_reload(task, train, tmp_path, name, token_pooling=tokens)
    recipe = training.recipe
    assert not is_pooled(recipe, 0)
    source = feature_source(task, unheard)
    rows = FrozenFeatures(recipe, training.base, source).for_inference(np.arange(6))
    stored = source.features(recipe, training.base, 0).for_inference(np.arange(6))[0]
    assert source.seconds == 0
    assert stored.shape == (6, 2, 384)
    both = {"class": stored[:, 0], "mean": stored[:, 1], "both": stored.reshape(6, -1)}
    np.testing.assert_array_equal(rows, both[tokens])
    assert training.network.head.get_layer("pooling").output.shape[1:] == rows.shape[1:]


def save_and_reload(task, train, tmp_path, name, **values):
    """Train, save and load a classifier, compare what both give, and return the training."""
    import keras

    from transfertune.datasets import decode_all
    from transfertune.tuner.models.assemble import assemble_network
    from transfertune.tuner.models.exports.keras_file import predictor_of
    from transfertune.tuner.models.labels import Labels
    from transfertune.tuner.models.predict import predict_images

    size = BACKBONES[name].smallest
    training = train(name, size, **values)
    model = assemble_network(training, "none")
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    labels = Labels(task.classes, size, "crop")
    one, two = (
        predict_images(predictor_of(m), decode_all(task.paths, size), labels)
        for m in (model, reloaded)
    )
    np.testing.assert_array_equal(one, two)
    trained = training.predict(training.stages[-1], np.arange(6))
    np.testing.assert_allclose(two, trained, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(two.sum(axis=1), 1, atol=1e-5)
    assert not any("transfertune" in type(layer).__module__ for layer in reloaded.layers)
    return training
