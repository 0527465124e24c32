"""Features: the network's own activations, augmented views, and pixels where nothing is frozen."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from transfertune.datasets import DataError, augment, decode_all
from transfertune.search_spaces import BACKBONES
from transfertune.tuner.features.cache import FeatureCache


@pytest.fixture(scope="module")
def base(weights):
    """The small backbone."""
    from transfertune.tuner.backbones.backbone import build_base

    return build_base("drawn_net", 32, weights)


@pytest.fixture
def source(task, tmp_path):
    """Features of all images through an empty cache."""
    from transfertune.tuner.features.features import FeatureSource, ImageFiles

    progress = []
    made = FeatureSource(
        ImageFiles(task.paths, task.digests),
        FeatureCache(tmp_path),
        seed=5,
        progress=lambda *step: progress.append(step),
    )
    made.steps = progress
    return made


@pytest.fixture(scope="module")
def pixels(task):
    """All images decoded, float32 (N, 32, 32, 3)."""
    return np.stack(list(decode_all(task.paths, 32, "crop"))).astype(np.float32)


EVERY = slice(None)


@pytest.fixture(scope="module")
def maps(base, pixels):
    """The last feature map of all images, from the network itself."""
    from transfertune.tuner.backbones.backbone import preprocess

    return np.asarray(base.network(preprocess(BACKBONES["drawn_net"], pixels), training=False))


def test_flattened_features_are_the_networks_last_map(source, base, maps, new_recipe):
    """What is stored is what the backbone gives, for every image in its order."""
    (stored,) = source.features(new_recipe(pooling="flatten"), base, 0).for_inference(EVERY)
    np.testing.assert_allclose(stored, maps, rtol=1e-4, atol=1e-5)


def test_averaged_features_are_the_mean_of_the_map(source, base, maps, new_recipe):
    """Where the head averages first, only the mean is stored."""
    (stored,) = source.features(new_recipe(pooling="gap"), base, 0).for_inference(EVERY)
    np.testing.assert_allclose(stored, maps.mean(axis=(1, 2)), rtol=1e-4, atol=1e-5)


def test_features_at_a_boundary_lead_to_the_networks_output(source, base, maps, new_recipe):
    """The unfrozen rest, run on what is stored, gives the same last map."""
    from transfertune.tuner.backbones.freeze_boundary import cut

    recipe = new_recipe(unfreeze=4, pooling="flatten")
    stored = source.features(recipe, base, 4)
    suffix = cut(base.network, 4).suffix
    np.testing.assert_allclose(
        suffix(stored.for_inference(np.arange(len(maps))), training=False),
        maps,
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("pooling", ["gap", "flatten"])
def test_features_behind_a_boundary_are_those_of_the_whole_pass(source, base, new_recipe, pooling):
    """A tail's head is trained on what the frozen backbone gives, from what is stored at the boundary."""
    values = {"pooling": pooling, "augment": "light", "views": 2, "predict_views": "mirror"}
    tail = source.features(new_recipe(unfreeze=4, **values), base, 0)
    plain = source.features(new_recipe(pooling=pooling, augment="light", views=2), base, 0)
    for view in (0, 1):
        pairs = zip(tail.for_training(EVERY, view), plain.for_training(EVERY, view), strict=True)
        for ours, whole in pairs:
            np.testing.assert_allclose(ours, whole, rtol=1e-4, atol=1e-5)
    straight, turned = tail.for_prediction(EVERY)
    np.testing.assert_allclose(straight[0], plain.for_inference(EVERY)[0], rtol=1e-4, atol=1e-5)
    both = source.features(new_recipe(pooling=pooling, predict_views="mirror"), base, 0)
    np.testing.assert_allclose(
        (straight[0] + turned[0]) / 2, both.for_inference(EVERY)[0], rtol=1e-4, atol=1e-5
    )


def test_what_lies_before_a_boundary_runs_once(source, base, new_recipe, tmp_path):
    """The features behind it need no image any more."""
    recipe = new_recipe(unfreeze=4)
    source.features(recipe, base, 4)
    source.images = replace(
        source.images, paths=tuple(tmp_path / p.name for p in source.images.paths)
    )
    source.features(recipe, base, 0)
    with pytest.raises(DataError):
        source.features(new_recipe(), base, 0)


def test_the_time_of_a_pass_counts_once(source, base, new_recipe):
    """Also where a view at the boundary is made while the features behind it are."""
    recipe = new_recipe(unfreeze=4, augment="light", views=2)
    features = source.features(recipe, base, 0)
    earlier, started = source.seconds, time.perf_counter()
    features.for_training(EVERY, 0)
    assert 0 < source.seconds - earlier <= time.perf_counter() - started


def test_a_second_source_computes_nothing(source, base, task, new_recipe, tmp_path):
    """The entry serves the next trial, also one with another head."""
    from transfertune.tuner.features.features import FeatureSource, ImageFiles

    source.features(new_recipe(), base, 0)
    steps = []
    again = FeatureSource(
        ImageFiles(task.paths, task.digests), FeatureCache(tmp_path), seed=6, progress=steps.append
    )
    again.features(new_recipe(dense="8", dropout=0.3, learning_rate=0.1), base, 0)
    assert steps == []
    assert source.steps[-1][1:] == (len(task.paths), len(task.paths))


def test_views_differ_and_repeat(source, base, task, new_recipe, tmp_path):
    """Each epoch sees the next view, after the last one the first; computed anew they are the same."""
    from transfertune.tuner.features.features import FeatureSource, ImageFiles

    recipe = new_recipe(augment="medium", views=2)
    features = source.features(recipe, base, 0)
    some = np.array([3, 0, 20])
    first, second, third = (features.for_training(some, epoch)[0] for epoch in range(3))
    assert not np.allclose(first, second)
    assert not np.allclose(first, features.for_inference(some)[0])
    np.testing.assert_array_equal(first, third)
    anew = FeatureSource(
        ImageFiles(task.paths, task.digests),
        FeatureCache(tmp_path / "anew"),
        seed=5,
        progress=lambda *_: None,
    )
    np.testing.assert_array_equal(anew.features(recipe, base, 0).for_training(some, 0)[0], first)


def test_another_seed_has_the_same_stored_features_and_other_live_pixels(
    source, base, task, new_recipe, tmp_path
):
    """Another study finds the views in the cache; what is augmented anew follows the seed."""
    from transfertune.tuner.features.features import FeatureSource, ImageFiles

    recipe = new_recipe(augment="light", views=1)
    other = FeatureSource(
        ImageFiles(task.paths, task.digests),
        FeatureCache(tmp_path),
        seed=6,
        progress=lambda *_: None,
    )
    all_of = np.arange(len(task.paths))
    one, two = (s.features(recipe, base, 0) for s in (source, other))
    np.testing.assert_array_equal(one.for_training(all_of, 0)[0], two.for_training(all_of, 0)[0])
    live = new_recipe(augment="light", unfreeze="all")
    one, two = (s.features(live, base, "all").for_training(all_of, 0)[0] for s in (source, other))
    assert not np.array_equal(one, two)


def test_with_all_unfrozen_the_pixels_are_augmented_anew_each_epoch(
    source, base, pixels, new_recipe
):
    """Every epoch has a view of its own, exactly the one that `augment` makes."""
    recipe = new_recipe(unfreeze="all", augment="light")
    features = source.features(recipe, base, "all")
    some = np.array([7, 2])
    np.testing.assert_array_equal(features.for_inference(some)[0], pixels[some])
    (seen,) = features.for_training(some, 4)
    expected = augment(pixels[7].astype(np.uint8), "light", seed=5, image=7, view=4)
    np.testing.assert_array_equal(seen[0], expected)
    assert not np.array_equal(seen, features.for_training(some, 5)[0])


def test_without_augmentation_training_sees_the_images_as_they_are(source, base, new_recipe):
    """Clean features and pixels serve every epoch."""
    some = np.array([1, 5])
    for unfreeze in (0, "all"):
        features = source.features(new_recipe(unfreeze=unfreeze), base, unfreeze)
        np.testing.assert_array_equal(
            features.for_training(some, 3)[0], features.for_inference(some)[0]
        )


@pytest.mark.parametrize("rows", [1, 5, 8])
def test_a_rows_result_does_not_depend_on_its_company(base, pixels, rows):
    """The same image gives the same bits, alone or in any batch."""
    from transfertune.tuner.backbones.inference import predict_batch

    (whole,) = predict_batch(base.network, [pixels[:8] / 127.5 - 1], 8)
    (part,) = predict_batch(base.network, [pixels[:rows] / 127.5 - 1], 8)
    np.testing.assert_array_equal(part, whole[:rows])


@pytest.mark.parametrize("unfreeze", [0, 3])
def test_a_long_pass_gives_what_a_short_one_gives(base, pixels, unfreeze):
    """Weights that are constants change the last digits alone; a short batch is filled up."""
    from transfertune.tuner.backbones.inference import compiled_pass
    from transfertune.tuner.features.features import prefix_model

    model = prefix_model(base, unfreeze, pooled=unfreeze == 0)
    short, long = (compiled_pass(model, 8, rows) for rows in (8, 10_000))
    for rows in (8, 5):
        for one, other in zip(short([pixels[:rows]]), long([pixels[:rows]]), strict=True):
            assert one.shape == other.shape
            assert one.shape[0] == rows
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * np.abs(one).max())


def test_no_features_are_computed_after_the_deadline(
    keras_ready, task, new_recipe, split, tmp_path
):
    """A pass that runs when the time is up ends a trial in the middle; what is in the cache is used all the same."""
    from transfertune.tuner.errors import Stopped
    from transfertune.tuner.events import unheard
    from transfertune.tuner.training.epoch_loop import FoldFit
    from transfertune.tuner.training.estimators import make_estimator

    def fit(deadline):
        recipe, mine = new_recipe(classifier="logistic"), replace(task, cache=tmp_path)
        estimator = make_estimator(mine, recipe, 1, unheard, deadline)
        return estimator.fit(FoldFit(split.train, split.validation))

    with pytest.raises(Stopped):
        fit(time.time() - 1)
    fit(None)
    assert len(fit(time.time() - 1).probabilities) == len(split.validation)
