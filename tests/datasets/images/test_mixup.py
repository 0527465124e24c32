"""Mixed batches hold what their shares say, and labels add up to one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.datasets import MIXES, DataError, mixup
from transfertune.datasets.images.mixup import random_box


def batch(seed: int = 0, count: int = 6) -> np.ndarray:
    """Return images of one even value each, so that mixtures can be read off."""
    values = np.random.default_rng(seed).permutation(np.arange(count) * 40)
    return np.broadcast_to(values[:, None, None, None], (count, 16, 20, 3)).astype(np.uint8)


@settings(deadline=None, max_examples=60)
@given(kind=st.sampled_from(MIXES), seed=st.integers(0, 10**6), alpha=st.floats(0.05, 5))
def test_the_mean_of_a_mixture_is_that_of_its_shares(kind, seed, alpha):
    """Image by image, for both mixes, any share: what is shown and what is said agree."""
    images = batch()
    mixed = mixup([images], kind, alpha=alpha, rng=np.random.default_rng(seed))
    own, other = images.mean(axis=(1, 2, 3)), images[mixed.partners].mean(axis=(1, 2, 3))
    expected = mixed.share * own + (1 - mixed.share) * other
    assert 0 <= mixed.share <= 1
    assert np.allclose(mixed.arrays[0].mean(axis=(1, 2, 3)), expected, atol=0.51)
    assert sorted(mixed.partners) == list(range(6))
    assert mixed.arrays[0].dtype == np.uint8
    assert np.array_equal(images, batch())


@pytest.mark.parametrize("kind", MIXES)
def test_the_generator_fixes_the_mixture(kind):
    """The same generator gives the same batch, another one another."""
    made = [
        mixup([batch()], kind, alpha=1, rng=np.random.default_rng(s)).arrays[0] for s in (3, 3, 4)
    ]
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_labels_are_mixed_by_the_share():
    """Rows add up to one; an image mixed with its own class keeps its label whole."""
    labels = np.array([0, 1, 2, 0, 1, 2])
    mixed = mixup([batch()], "mixup", alpha=1, rng=np.random.default_rng(1))
    rows = mixed.labels(np.eye(3, dtype=np.float32)[labels])
    assert rows.dtype == np.float32
    assert np.allclose(rows.sum(axis=1), 1)
    for row, own, partner in zip(rows, labels, labels[mixed.partners], strict=True):
        assert row[own] == pytest.approx(1.0 if own == partner else mixed.share)


def test_shares_follow_the_beta_distribution():
    """The mean is a half and the deviation that of Beta(alpha, alpha), within 5 deviations of the estimate's own."""
    rng = np.random.default_rng(0)
    shares = [mixup([batch()], "mixup", alpha=0.4, rng=rng).share for _ in range(2000)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.042)
    assert np.std(shares) == pytest.approx(0.5 / np.sqrt(1.8), abs=0.03)


@settings(max_examples=80)
@given(
    height=st.integers(1, 64),
    width=st.integers(1, 64),
    share=st.floats(0, 1),
    seed=st.integers(0, 999),
)
def test_a_cut_lies_inside(height, width, share, seed):
    """Whatever the share, the part is within the image and no larger than it should be."""
    top, bottom, left, right = random_box(height, width, share, np.random.default_rng(seed))
    assert 0 <= top <= bottom <= height
    assert 0 <= left <= right <= width
    assert (bottom - top) * (right - left) <= (1 - share) * height * width + 1e-9


def test_floats_stay_floats():
    """Normalised images are mixed without rounding."""
    images = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype(np.float32)
    mixed = mixup([images], "mixup", alpha=1, rng=np.random.default_rng(0))
    assert mixed.arrays[0].dtype == np.float32


@pytest.mark.parametrize(("kind", "alpha"), [("mixap", 1), ("mixup", 0), ("cutmix", float("nan"))])
def test_mistakes_are_told(kind, alpha):
    """What is allowed stands in the message."""
    with pytest.raises(DataError, match=r"one of mixup, cutmix|above 0"):
        mixup([batch()], kind, alpha=alpha, rng=np.random.default_rng(0))
