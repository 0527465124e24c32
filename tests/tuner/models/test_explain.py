"""Maps of where a model sees a class."""

import numpy as np
import pytest

from transfertune.tuner import explain
from transfertune.tuner.errors import SearchError

SIZE = 32


@pytest.fixture
def pixels(task):
    """Six images, float32 (6, 32, 32, 3)."""
    from transfertune.datasets import decode_all

    return np.stack(list(decode_all(task.paths[::6][:6], SIZE))).astype(np.float32)


@pytest.fixture
def fitted(new_estimator, split):
    """Fit a recipe, and return its estimator."""

    def fit(**values):
        estimator = new_estimator(**values)
        estimator.refit(split.train, [], lambda row: None)
        return estimator

    return fit


def maps_of(model, pixels):
    """Return the maps of class 1."""
    from transfertune.tuner.models.explain import class_maps

    return class_maps(model, pixels, np.ones(len(pixels), np.int64))


def test_a_linear_probe_has_its_class_activation_map(fitted, pixels):
    """The features times the weights of the class, less the mean weights of all classes."""
    import keras
    import tensorflow as tf

    from transfertune.tuner.backbones.backbone import feature_map
    from transfertune.tuner.models.assemble import assemble

    estimator = fitted(classifier="logistic")
    model = assemble(estimator)
    inputs = keras.Input((SIZE, SIZE, 3))
    features = keras.Model(inputs, feature_map(estimator.base, inputs, mirrored=False))(pixels)
    weights = estimator.probe.kernel[:, 1] - estimator.probe.kernel.mean(axis=1)
    places = np.maximum(features.numpy() @ weights, 0)
    large = tf.image.resize(places[..., None], (SIZE, SIZE)).numpy()[..., 0]
    assert large.max() > 0
    expected = large / np.maximum(large.max(axis=(1, 2), keepdims=True), 1e-12)
    np.testing.assert_allclose(maps_of(model, pixels), expected, atol=1e-4)


@pytest.mark.parametrize(
    "values",
    [
        {"classifier": "logistic"},
        {"dense": "8", "pooling": "flatten"},
        {"unfreeze": 4, "dense": "none"},
    ],
)
def test_a_model_of_both_views_sees_the_same_in_the_mirror(fitted, pixels, values):
    """Maps of mirror images are turned back, so that a mirrored image has a mirrored map."""
    from transfertune.tuner.models.assemble import assemble

    model = assemble(fitted(**values, predict_views="mirror"))
    found = maps_of(model, pixels)
    assert found.shape == (6, SIZE, SIZE)
    assert found.max() == pytest.approx(1)
    np.testing.assert_allclose(maps_of(model, pixels[:, :, ::-1]), found[:, :, ::-1], atol=1e-4)


def test_an_ensemble_is_explained_by_its_members(fitted, pixels):
    """One member alone has its own map, at a smaller size too."""
    from transfertune.tuner.models.assemble import assemble
    from transfertune.tuner.models.ensemble import EnsembleBuilder

    one = fitted(classifier="logistic")
    alone, both = EnsembleBuilder(SIZE), EnsembleBuilder(SIZE)
    alone.add(one, 1.0)
    both.add(one, 0.5)
    both.add(fitted(dense="none"), 0.5)
    expected = maps_of(assemble(one), pixels)
    np.testing.assert_allclose(maps_of(alone.model(), pixels), expected, atol=1e-4)
    assert np.abs(maps_of(both.model(), pixels) - expected).max() > 1e-3


def test_neighbours_have_no_map(fitted, pixels):
    """Their votes do not change smoothly."""
    from transfertune.tuner.models.assemble import assemble

    with pytest.raises(SearchError, match="cannot be explained"):
        maps_of(assemble(fitted(classifier="neighbours")), pixels)


def test_overlays_are_written(finished, images, tmp_path):
    """One for each image that can be read, of its most probable class or of the one that is asked for."""
    from PIL import Image

    (tmp_path / "broken.png").write_bytes(b"")
    sources = [images / "red", tmp_path / "broken.png"]
    found, unreadable = explain(finished.paths.model, sources, tmp_path / "out")
    assert len(found) == 12
    assert [path.name for path, _ in unreadable] == ["broken.png"]
    assert found[0].overlay.name == "0001_00.jpg"
    with Image.open(found[0].overlay) as overlay:
        assert overlay.size == (SIZE, SIZE)
    named, _ = explain(finished.paths.model, sources[:1], tmp_path / "blue", name="blue")
    assert {one.name for one in named} == {"blue"}
    assert len(list((tmp_path / "blue").iterdir())) == 12


@pytest.mark.parametrize(
    ("model", "name", "says"),
    [
        ("model.onnx", None, r"needs a \.keras file, but got"),
        (None, "purple", "no class 'purple'; it has blue, green, red"),
    ],
)
def test_what_cannot_be_explained_is_refused(finished, images, tmp_path, model, name, says):
    """In one line, and no folder is made."""
    place = finished.paths.model if model is None else tmp_path / model
    with pytest.raises(SearchError, match=says) as caught:
        explain(place, [images / "red"], tmp_path / "out", name=name)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
