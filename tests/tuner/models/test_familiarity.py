"""How far an image is from the training images, and how certain an answer is."""

from __future__ import annotations

import io
import shutil
import zipfile

import numpy as np
import pytest

from transfertune.reports import load_study
from transfertune.tuner import export_best, predict, retrain
from transfertune.tuner.errors import SearchError
from transfertune.tuner.models.familiarity import (
    Familiarity,
    fit_familiarity,
    out_of_fold_distances,
)
from transfertune.tuner.models.predict import read_labels

WIDTHS = (40, 24)


def drawn(rows: int, seed: int, noise: float = 0.05) -> list[np.ndarray]:
    """Return features of two backbones, float32 (rows, F), which differ in three directions only, up to noise."""
    rng = np.random.default_rng(seed)
    found = []
    for width in WIDTHS:
        plane = np.random.default_rng(width).normal(size=(3, width))
        values = 1 + rng.normal(size=(rows, 3)) @ plane + noise * rng.normal(size=(rows, width))
        found.append(values.astype(np.float32))
    return found


@pytest.mark.parametrize("rows", [16, 400])
def test_other_images_are_farther(rows):
    """With fewer images than features and with more: new ones of the same kind are near, and others are far."""
    known = fit_familiarity(drawn(rows, 1))
    assert [one.shape for one in known.directions] == [(min(rows // 4, w // 4), w) for w in WIDTHS]
    near = known.distances(drawn(50, 2))
    far = known.distances([np.random.default_rng(3).normal(size=(50, w)) for w in WIDTHS])
    assert near.dtype == np.float32
    assert near.max() < far.min()


def test_the_distance_is_what_the_directions_leave():
    """Of features of length 1, less their mean; that of several backbones is the mean."""
    features = drawn(60, 1)
    known = fit_familiarity(features)
    lengths = []
    for rows, directions in zip(features, known.directions, strict=True):
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        centred = unit - unit.mean(axis=0)
        *_, axes = np.linalg.svd(centred, full_matrices=False)
        inside = centred @ axes[: len(directions)].T
        lengths.append(np.sqrt((centred**2).sum(axis=1) - (inside**2).sum(axis=1)))
    np.testing.assert_allclose(known.distances(features), np.mean(lengths, axis=0), atol=1e-4)


def test_images_are_judged_by_the_other_folds():
    """Out of fold they are farther than from themselves, as new images are."""
    features = drawn(80, 1)
    within = fit_familiarity(features).distances(features).mean()
    folds = np.arange(80)[None] % 5
    outside = out_of_fold_distances(features, folds)
    new = fit_familiarity(features).distances(drawn(400, 2)).mean()
    assert within < outside.mean()
    assert outside.mean() == pytest.approx(new, rel=0.15)
    holds_out = np.where(folds == [[0], [1]], 0, -1)
    some = out_of_fold_distances(features, holds_out)
    np.testing.assert_array_equal(np.isfinite(some), np.isin(folds[0], (0, 1)))
    np.testing.assert_allclose(some[:2], outside[:2], rtol=1e-5)


def test_copies_in_one_fold_do_not_make_an_image_familiar():
    """Images that stay together, as copies do, are as far as each alone would be."""
    features, folds = drawn(80, 1), np.arange(80)[None] % 5
    alone = out_of_fold_distances(features, folds)
    doubled = [np.repeat(rows, 2, axis=0) for rows in features]
    together = out_of_fold_distances(doubled, np.repeat(folds, 2, axis=1))
    apart = out_of_fold_distances(doubled, np.arange(160)[None] % 5)
    assert together.mean() > 0.9 * alone.mean()
    assert apart.mean() < together.mean()


def test_it_is_read_back_or_refused():
    """Bytes give the same distances; damaged ones are a ValueError."""
    features = drawn(60, 1)
    known = fit_familiarity(features)
    content = known.to_bytes()
    again = Familiarity.from_bytes(content)
    np.testing.assert_array_equal(known.distances(features), again.distances(features))
    wrong = Familiarity((known.centres[0],), (known.directions[1],)).to_bytes()
    wide = Familiarity(known.centres, tuple(d.astype(float) for d in known.directions)).to_bytes()
    for damaged in (b"", content[:300], wrong, wide):
        with pytest.raises(ValueError, match=r"familiarity\.npz"):
            Familiarity.from_bytes(damaged)


def test_a_model_judges_by_its_own_features(keras_ready, new_estimator, split, task):
    """The layers of a whole ensemble give what the cache gave, in the same order."""
    from transfertune.datasets import decode_all
    from transfertune.tuner.models.ensemble import EnsembleBuilder
    from transfertune.tuner.models.exports.keras_file import judge_of

    builder, features = EnsembleBuilder(32), []
    for values in ({}, {"predict_views": "mirror", "pooling": "flatten"}):
        estimator = new_estimator(classifier="logistic", **values)
        estimator.refit(split.train, [], lambda row: None)
        builder.add(estimator, 0.5)
        features.append(estimator.mean_features(split.train))
    known = fit_familiarity(features)
    pixels = np.stack(list(decode_all([task.paths[i] for i in split.train], 32)))
    model = builder.model()
    probabilities, distances = judge_of(model, known)(pixels.astype(np.float32))
    np.testing.assert_allclose(distances, known.distances(features), atol=1e-4)
    np.testing.assert_allclose(probabilities, model.predict_on_batch(pixels), atol=1e-6)
    with pytest.raises(SearchError, match="of other features"):
        judge_of(model, Familiarity(known.centres * 2, known.directions * 2))


def test_a_model_that_looks_at_no_features_knows_no_distance(finished, cache, tmp_path):
    """The most frequent class is judged by its probability alone."""
    study = load_study(shutil.copytree(finished.folder, tmp_path / "study"))
    number = next(t.number for t in study.trials if t.recipe["classifier"] == "most_frequent")
    retrain(study, cache=cache, trial=number, again=True, in_process=True)
    labels = read_labels(study.paths.model)
    assert labels.confidences
    assert not labels.distances
    assert "distances" not in load_study(study.folder).test_predictions()


def test_damaged_knowledge_is_told(finished, images, tmp_path):
    """One line; a file without it judges by the probability alone."""
    whole = export_best(finished, tmp_path / "whole.keras").files[0]
    image = images / "red" / "00.png"
    with pytest.raises(SearchError, match=r"familiarity\.npz is damaged") as caught:
        predict(_rewritten(whole, b"PK"), [image])
    assert "\n" not in str(caught.value)
    found = predict(_rewritten(whole, None), [images], unsure=0.5)
    least = read_labels(whole).least_confidence(0.5)
    assert found.unsure.tolist() == (found.probabilities.max(axis=1) < least).tolist()


def _rewritten(model, content):
    """Return a copy of a `.keras` file with other knowledge, or with none."""
    out = io.BytesIO()
    with zipfile.ZipFile(model) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != "familiarity.npz":
                new.writestr(name, old.read(name))
            elif content is not None:
                new.writestr(name, content)
    file = model.with_name("rewritten.keras")
    file.write_bytes(out.getvalue())
    return file
