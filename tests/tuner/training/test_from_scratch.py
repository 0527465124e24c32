"""Networks from scratch: what they are made of, that all of them trains, and how their pixels are scaled."""

from __future__ import annotations

import numpy as np
import pytest

SCRATCH = ("plain_cnn", "residual_net")


@pytest.fixture(scope="module")
def trained(new_training, split):
    """Train a network from scratch for some epochs; return the training and its losses."""

    def run(epochs: int = 2, **values):
        training = new_training(**{"backbone": "plain_cnn", "width": 4, **values})
        (stage,) = training.stages
        training.begin(stage, split.train)
        return training, [training.epoch(stage, e + 1, 0.01, split.train) for e in range(epochs)]

    return run


def built(name: str, size: int = 64, **architecture):
    """Build a network with some of its arguments."""
    from transfertune.tuner.backbones.backbone import build_base

    return build_base(name, size, "none", tuple(architecture.items())).network


def layers_of(network, kind: str) -> list:
    """Return the network's layers of a kind, in order."""
    return [layer for layer in network.layers if type(layer).__name__ == kind]


@pytest.mark.parametrize("depth", [3, 4])
def test_a_residual_net_has_a_wide_stem_and_blocks_of_three(keras_ready, depth):
    """7x7 and pooling first; a block is three normalised 3x3 convolutions around a 1x1 shortcut; filters double."""
    network = built("residual_net", depth=depth, width=8, conv_activation="leaky_relu")
    stem, *convolutions = layers_of(network, "Conv2D")
    assert (stem.kernel_size, stem.strides, stem.filters) == ((7, 7), (2, 2), 8)
    assert len(layers_of(network, "MaxPooling2D")) == 1
    shortcuts = [layer for layer in convolutions if layer.kernel_size == (1, 1)]
    assert [layer.filters for layer in shortcuts] == [8 * 2**i for i in range(depth)]
    assert len(convolutions) - len(shortcuts) == 3 * depth
    assert len(layers_of(network, "BatchNormalization")) == 1 + 3 * depth
    kinds = {layer.activation.__name__ for layer in layers_of(network, "Activation")}
    assert kinds == {"leaky_relu"}
    assert network.output_shape[1:] == (16 // 2 ** (depth - 1),) * 2 + (8 * 2 ** (depth - 1),)


@pytest.mark.parametrize(
    ("depth", "order"), [(1, "CP"), (3, "CCPCP"), (4, "CCPCCP"), (8, "CCPCCPCCPCCP")]
)
def test_a_plain_cnn_pools_after_every_second_convolution(keras_ready, depth, order):
    """One, three and four convolutions are the three small networks that are usually tried first."""
    network = built("plain_cnn", 32, depth=depth, width=4)
    names = {"Conv2D": "C", "MaxPooling2D": "P"}
    assert "".join(names.get(type(layer).__name__, "") for layer in network.layers) == order


def test_filters_stop_doubling(keras_ready):
    """Eight blocks of a wide network stay below a size that no small data could train."""
    filters = [layer.filters for layer in layers_of(built("residual_net", depth=8), "Conv2D")]
    assert max(filters) == 512
    wide = built("residual_net", depth=1, width=600)
    assert {layer.filters for layer in layers_of(wide, "Conv2D")} == {600}


def test_networks_of_other_shapes_are_other_backbones(keras_ready):
    """Depth, width, activation and dropout are part of what the digest stands for."""
    from transfertune.tuner.backbones.backbone import build_base

    def digest(**architecture):
        return build_base("plain_cnn", 32, "none", tuple(architecture.items())).digest

    changes = [{}, {"conv_activation": "elu"}, {"conv_dropout": 0.5}, {"depth": 3}, {"width": 8}]
    assert len({digest(**change) for change in changes}) == len(changes)


@pytest.mark.parametrize("name", SCRATCH)
def test_everything_trains_and_the_seed_decides_its_start(trained, name):
    """Every kernel moves from where the seed put it; the same seed gives the same losses, another one others."""
    training, losses = trained(backbone=name)
    assert training.network.whole.trainable_weights
    assert losses[1] < losses[0]
    assert trained(backbone=name)[1] == losses
    assert trained(backbone=name, seed=2)[1] != losses
    before = [layer.kernel.numpy() for layer in layers_of(training.base.network, "Conv2D")]
    after = [layer.kernel.numpy() for layer in layers_of(training.network.tail, "Conv2D")]
    assert not any(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_batch_statistics_follow_the_data(trained):
    """Batch normalisation trains, which a pretrained network's does not."""
    training, _ = trained(backbone="residual_net")
    norms = layers_of(training.network.tail, "BatchNormalization")
    assert len(norms) == 13
    assert all(np.any(norm.moving_mean.numpy()) for norm in norms)


def test_dropout_after_the_convolutions_repeats(trained):
    """It changes the training, and the same seed drops the same values."""
    losses = trained(conv_dropout=0.5)[1]
    assert losses == trained(conv_dropout=0.5)[1]
    assert losses != trained()[1]


@pytest.mark.parametrize("l2", [0.1, 0.4])
def test_the_penalty_is_on_convolutions_too(new_training, l2):
    """What is added to the loss is L2 times the sum of the squares of all kernels, head and convolutions."""
    training = new_training(backbone="plain_cnn", width=4, l2=l2, dense="8")
    whole = training.network.whole
    kernels = [w for w in whole.trainable_weights if w.name == "kernel"]
    assert len(kernels) == 4 + 2
    squares = sum(float((w.numpy() ** 2).sum()) for w in kernels)
    assert float(sum(whole.losses)) == pytest.approx(l2 * squares, rel=1e-5)


def test_standard_scaling_is_that_of_the_training_images(trained, task, split):
    """Mean and deviation are the training images' own, and the finished classifier carries them."""
    from transfertune.datasets import decode_all
    from transfertune.tuner.models.assemble import assemble_network
    from transfertune.tuner.models.exports.keras_file import predictor_of
    from transfertune.tuner.models.labels import Labels
    from transfertune.tuner.models.predict import predict_images

    training, _ = trained(pixel_scaling="standard")
    pixels = np.stack(list(decode_all([task.paths[i] for i in split.train], 32, "crop")))
    mean, deviation = pixels.mean(axis=(0, 1, 2)), pixels.std(axis=(0, 1, 2))
    scaling = training.network.scaling
    np.testing.assert_allclose(scaling.mean, mean, rtol=1e-5)
    np.testing.assert_allclose(scaling.deviation, deviation, rtol=1e-5)
    model = assemble_network(training, "none")
    (layer,) = layers_of(model, "Normalization")
    np.testing.assert_allclose(np.ravel(layer.mean), mean, rtol=1e-5)
    expected = training.predict(training.stages[0], split.test)
    images = decode_all([task.paths[i] for i in split.test], 32)
    found = predict_images(predictor_of(model), images, Labels(task.classes, 32, "crop"))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_a_channel_that_never_changes_becomes_zero():
    """No division by a deviation of zero, and windows add up to the whole."""
    from transfertune.tuner.backbones.pixel_scaling import PixelScaling, channel_statistics

    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), dtype=np.uint8)
    pixels[..., 1] = 7
    mean, deviation = channel_statistics([pixels[:2], pixels[2:]])
    np.testing.assert_allclose(mean, pixels.mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(deviation, pixels.std(axis=(0, 1, 2)), atol=1e-9)
    layer = PixelScaling()
    layer.set(mean, deviation)
    assert np.isfinite(layer(pixels)).all()
    assert not np.any(layer(pixels)[..., 1])


@pytest.mark.slow
def test_a_search_mixes_both_kinds(run_search, new_space, tmp_path):
    """Networks from scratch and a frozen backbone are trials of one study; the winner is retrained and kept."""
    from transfertune.search_spaces import Choice

    space = new_space(
        backbone=Choice("drawn_net", "plain_cnn"),
        depth=Choice(1, 2),
        width=4,
        pixel_scaling="standard",
        unfreeze=Choice(0, "40%"),
    )
    study = run_search(tmp_path / "study", space, trials=4, retrain_winner=True, epochs=2)
    recipes = [trial.recipe for trial in study.trials if trial.recipe["classifier"] == "head"]
    assert {recipe["backbone"] for recipe in recipes} == {"drawn_net", "plain_cnn"}
    for recipe in recipes:
        scratch = recipe["backbone"] == "plain_cnn"
        assert ("depth" in recipe, "unfreeze" in recipe) == (scratch, not scratch)
    assert all(trial.score is not None for trial in study.trials)
    assert (study.folder / "best" / "model.keras").is_file()


def test_a_network_from_scratch_alone_has_a_baseline_too(run_search, new_space, tmp_path):
    """Without pretrained features there is still the most frequent class to beat."""
    space = new_space(backbone="plain_cnn", depth=2, width=4)
    study = run_search(tmp_path / "study", space, trials=1, epochs=1)
    roles = [(trial.role, trial.recipe["classifier"], trial.scored) for trial in study.trials]
    assert roles == [("baseline", "most_frequent", True), ("search", "head", True)]
