"""Views depend on their arguments alone, stay pictures, and vary as much as their name says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from transfertune.datasets import AUGMENTATIONS, DataError, augment, draw_pictures

NUMBERS = st.integers(0, 2**40)
SHAPES = st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(3))


@pytest.mark.parametrize("strength", AUGMENTATIONS)
@settings(deadline=None, max_examples=25)
@given(pixels=arrays.arrays(np.uint8, SHAPES), seed=NUMBERS, picture=NUMBERS, view=NUMBERS)
def test_a_view_is_a_picture_fixed_by_its_arguments(strength, pixels, seed, picture, view):
    """Any shape keeps its shape, the source is not touched, and the same call gives the same view."""
    before = pixels.copy()
    first = augment(pixels, strength, seed=seed, picture=picture, view=view)
    again = augment(pixels, strength, seed=seed, picture=picture, view=view)
    assert first.shape == pixels.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert np.array_equal(pixels, before)
    assert not np.shares_memory(first, pixels)


@pytest.fixture(scope="module")
def pixels():
    """One drawn picture of 64 x 64 pixels."""
    return draw_pictures(["star"], 1, 64, 0)[0][0]


def test_none_changes_nothing(pixels):
    """The view called none is the picture."""
    assert np.array_equal(augment(pixels, "none", seed=0, picture=0, view=3), pixels)


def test_light_flips_half_of_the_views(pixels):
    """Left and right change places about every other time, and nothing else happens."""
    views = [augment(pixels, "light", seed=0, picture=0, view=view) for view in range(200)]
    same = [np.array_equal(view, pixels) for view in views]
    flipped = [np.array_equal(view, pixels[:, ::-1]) for view in views]
    assert all(a != b for a, b in zip(same, flipped, strict=True))
    assert 70 < sum(flipped) < 130


def test_stronger_is_farther_from_the_picture(pixels):
    """The named strengths are in order, by the mean distance of their views."""
    distance = [
        np.mean(
            [
                np.abs(augment(pixels, name, seed=0, picture=0, view=v).astype(int) - pixels).mean()
                for v in range(40)
            ]
        )
        for name in AUGMENTATIONS
    ]
    assert list(AUGMENTATIONS) == ["none", "light", "medium", "strong"]
    assert distance == sorted(distance)
    assert len(set(distance)) == 4


@pytest.mark.parametrize("changed", ["seed", "picture", "view"])
def test_every_number_counts(pixels, changed):
    """Another seed, picture or view gives another result."""
    numbers = {"seed": 0, "picture": 0, "view": 0}
    first = augment(pixels, "strong", **numbers)
    assert not np.array_equal(first, augment(pixels, "strong", **(numbers | {changed: 1})))


def test_edges_are_mirrored_not_black():
    """Turning a white picture shows no black corners, only other light."""
    white = np.full((40, 60, 3), 250, dtype=np.uint8)
    for view in range(50):
        seen = augment(white, "strong", seed=0, picture=0, view=view)
        assert seen.min() == seen.max() > 150


def test_an_unknown_strength_is_refused(pixels):
    """The near miss is suggested."""
    with pytest.raises(DataError, match=r"but got 'midium' \(did you mean 'medium'\?\)"):
        augment(pixels, "midium", seed=0, picture=0, view=0)
