"""Drawn images: fixed by their arguments, varied, and not told apart by pixels as they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.datasets import (
    DRAWN_CLASSES,
    PRETRAINING_CLASSES,
    SHAPES,
    DataError,
    draw_images,
)


def test_the_tables_fit_together():
    """The data set's shapes and those to pretrain on are disjoint and all there are."""
    assert list(SHAPES) == sorted(SHAPES)
    assert set(DRAWN_CLASSES) | set(PRETRAINING_CLASSES) == set(SHAPES)
    assert not set(DRAWN_CLASSES) & set(PRETRAINING_CLASSES)
    assert len(DRAWN_CLASSES) == 6
    assert len(PRETRAINING_CLASSES) >= 10


@pytest.mark.parametrize("name", SHAPES)
def test_outlines_are_of_like_size(name):
    """No shape is given away by its extent: all reach about as far from their centre."""
    reach = max(np.linalg.norm(outline, axis=1).max() for outline in SHAPES[name])
    assert 0.8 < reach < 1.3
    assert all(outline.ndim == 2 and outline.shape[1] == 2 for outline in SHAPES[name])


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31), st.integers(16, 80))
def test_the_arguments_fix_the_images(seed, size):
    """The same call gives the same pixels; more images and other classes do not change them."""
    pixels, labels = draw_images(["ring", "star"], 3, size, seed)
    assert pixels.shape == (6, size, size, 3)
    assert pixels.dtype == np.uint8
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    more, _ = draw_images(["star"], 5, size, seed)
    assert np.array_equal(more[:3], pixels[3:])
    other, _ = draw_images(["star"], 1, size, seed + 1)
    assert not np.array_equal(other[0], more[0])


def test_pixels_as_they_are_say_little():
    """The nearest training image is of the same class hardly more often than by chance."""
    pixels, labels = draw_images(DRAWN_CLASSES, 50, 32, 0)
    flat = pixels.reshape(len(pixels), -1).astype(np.float32)
    known = np.arange(len(pixels)) % 50 < 30
    squared = (flat**2).sum(axis=1)
    distance = squared[~known, None] + squared[known][None] - 2 * flat[~known] @ flat[known].T
    guessed = labels[known][distance.argmin(axis=1)]
    assert np.mean(guessed == labels[~known]) < 0.35


def test_unknown_shapes_and_sizes_are_refused():
    """A misspelt shape gets its near miss."""
    with pytest.raises(DataError, match=r"no shape is called 'sqare' \(did you mean 'square'\?\)"):
        draw_images(["sqare"], 1, 32, 0)
    with pytest.raises(DataError, match="at least 16 pixels a side, but got 8"):
        draw_images(["ring"], 1, 8, 0)
