"""The weights of an ensemble: what few images keep, what many choose, and what never happens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.reports.ranking.ensembles.mixture import LEAST, mixture_weights

FEW = settings(max_examples=30, deadline=None)


def chances(rng, *means, images: int):
    """Return the probabilities that models give to the right classes: around a mean each, alike in hard images."""
    hard = rng.normal(0, 1, images)
    logits = np.array([np.log(m / (1 - m)) + hard + 0.3 * rng.normal(0, 1, images) for m in means])
    return 1 / (1 + np.exp(-logits))


def weights(chosen, probes, counts=None):
    """Return the weights under one weighting of the images; `probes` says which models are probes, as 0 and 1."""
    counts = np.ones((1, chosen.shape[1])) if counts is None else counts
    return mixture_weights(chosen, counts, np.array(probes, bool))[0]


@FEW
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(1, 60))
def test_weights_are_shares(seed, models, images):
    """They add up to 1, and none is below the least weight but 0."""
    rng = np.random.default_rng(seed)
    found = weights(rng.random((models, images)), np.arange(models) < rng.integers(0, models + 1))
    assert found.sum() == pytest.approx(1)
    assert ((found == 0) | (found >= LEAST)).all()


@FEW
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_models_changes_nothing(seed):
    """Each model keeps its weight."""
    rng = np.random.default_rng(seed)
    chosen, order = rng.random((5, 40)), rng.permutation(5)
    probes = np.array([1, 1, 0, 0, 0])
    np.testing.assert_allclose(
        weights(chosen, probes)[order], weights(chosen[order], probes[order]), atol=1e-9
    )


def test_few_images_keep_the_plain_mean():
    """Twenty images hardly move the mean of two probes, although one is better on them."""
    chosen = chances(np.random.default_rng(0), 0.75, 0.65, images=20)
    np.testing.assert_allclose(weights(chosen, [1, 1]), 0.5, atol=0.05)


def test_many_images_choose():
    """Four thousand give their weight to what is clearly better, probe or not."""
    chosen = chances(np.random.default_rng(1), 0.5, 0.5, 0.9, images=4000)
    assert weights(chosen, [1, 1, 0])[2] > 0.8


def test_half_is_for_what_is_no_probe():
    """Among the others a model has the less the higher its loss is, and a guess nothing."""
    chosen = np.vstack([np.full((2, 50), 0.7), np.full((1, 50), 0.6), np.full((1, 50), 0.1)])
    found = weights(chosen, [1, 0, 0, 0])
    assert found[0] > found[1] > found[2] > found[3] == 0


def test_weightings_are_repetitions():
    """An image that counts twice is an image that is there twice, and each weighting has its own weights."""
    chosen = chances(np.random.default_rng(2), 0.6, 0.7, images=30)
    counts = np.random.default_rng(3).integers(0, 3, (2, 30))
    found = mixture_weights(chosen, counts.astype(float), np.array([True, False]))
    for row, count in zip(found, counts, strict=True):
        again = weights(np.repeat(chosen, count, axis=1), [1, 0])
        np.testing.assert_allclose(row, again, atol=1e-9)
