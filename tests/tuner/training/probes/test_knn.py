"""Nearest neighbours: scikit-learn's votes, and the same ones from a Keras model that needs no transfertune."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from transfertune.tuner.training.probes.knn import fit_knn


def drawn(images: int, features: int = 8, classes: int = 3, seed: int = 0):
    """Return random features (n, F) of all lengths, and labels."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(0.5, 1, (images, features)) * rng.uniform(0.1, 9, (images, 1))
    labels = rng.permutation(np.arange(images) % classes)
    return rows.astype(np.float32), labels.astype(np.int64)


def modules_of(config) -> set[str]:
    """Return every module that a saved model's configuration names."""
    if isinstance(config, dict):
        own = {config["module"]} if isinstance(config.get("module"), str) else set()
        return own.union(*map(modules_of, config.values()))
    return set().union(*map(modules_of, config)) if isinstance(config, list) else set()


@pytest.mark.parametrize("k", [1, 5, 30])
def test_the_votes_are_scikit_learns(k):
    """The k nearest by cosine vote, and the classes' shares are one vote more."""
    rows, labels = drawn(30)
    others, _ = drawn(40, seed=1)
    theirs = KNeighborsClassifier(k, metric="cosine", algorithm="brute").fit(rows, labels)
    shares = np.bincount(labels) / 30
    expected = (theirs.predict_proba(others) * k + shares) / (k + 1)
    found = fit_knn(rows, labels, 3, k=k)
    np.testing.assert_allclose(found.probabilities(others), expected, atol=1e-6)
    np.testing.assert_allclose(found.probabilities(others).sum(axis=1), 1, atol=1e-6)


def test_more_neighbours_than_images_are_all_images():
    """Then every image gets the classes' shares, and no class is impossible."""
    rows, labels = drawn(7)
    found = fit_knn(rows, labels, 4, k=50)
    assert found.k == 7
    shares = np.bincount(labels, minlength=4) / 7
    np.testing.assert_allclose(found.probabilities(rows), np.tile(shares, (7, 1)), atol=1e-6)


def test_an_image_without_any_feature_is_no_error():
    """A row of zeros has no direction; its probabilities are still numbers."""
    rows, labels = drawn(12)
    found = fit_knn(rows, labels, 3, k=3)
    assert np.isfinite(found.probabilities(np.zeros((1, 8), np.float32))).all()


@pytest.mark.parametrize("k", [1, 5])
def test_the_keras_model_gives_the_same(keras_ready, tmp_path, k):
    """Stock layers, saved and loaded in safe mode, have the arrays' probabilities and name no other module."""
    import keras

    rows, labels = drawn(40)
    others, _ = drawn(25, seed=2)
    found = fit_knn(rows, labels, 3, k=k)
    features = keras.Input((8,))
    keras.Model(features, found.layers(features)).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    np.testing.assert_allclose(
        loaded.predict_on_batch(others), found.probabilities(others), atol=1e-5
    )
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        config = json.loads(archive.read("config.json"))
    assert {name.split(".")[0] for name in modules_of(config)} <= {"keras", "builtins"}
