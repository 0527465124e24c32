"""Views depend on their arguments alone, stay images, and vary as much as their name says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from transfertune.datasets import (
    AUGMENTATIONS,
    Augmentation,
    DataError,
    augment,
    augmentation,
    draw_images,
)

NUMBERS = st.integers(0, 2**40)
SHAPES = st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(3))


@pytest.mark.parametrize("strength", AUGMENTATIONS)
@settings(deadline=None, max_examples=25)
@given(pixels=arrays.arrays(np.uint8, SHAPES), seed=NUMBERS, image=NUMBERS, view=NUMBERS)
def test_a_view_is_an_image_fixed_by_its_arguments(strength, pixels, seed, image, view):
    """Any shape keeps its shape, the source is not touched, and the same call gives the same view."""
    before = pixels.copy()
    first = augment(pixels, strength, seed=seed, image=image, view=view)
    again = augment(pixels, strength, seed=seed, image=image, view=view)
    assert first.shape == pixels.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert np.array_equal(pixels, before)
    assert not np.shares_memory(first, pixels)


@pytest.fixture(scope="module")
def pixels():
    """One drawn image of 64 x 64 pixels."""
    return draw_images(["star"], 1, 64, 0)[0][0]


def test_none_changes_nothing(pixels):
    """The view called none is the image."""
    assert np.array_equal(augment(pixels, "none", seed=0, image=0, view=3), pixels)


def test_light_flips_half_of_the_views(pixels):
    """Left and right change places about every other time, and nothing else happens."""
    views = [augment(pixels, "light", seed=0, image=0, view=view) for view in range(200)]
    same = [np.array_equal(view, pixels) for view in views]
    flipped = [np.array_equal(view, pixels[:, ::-1]) for view in views]
    assert all(a != b for a, b in zip(same, flipped, strict=True))
    assert 70 < sum(flipped) < 130


def test_stronger_is_farther_from_the_image(pixels):
    """The named strengths are in order, by the mean distance of their views."""
    distance = [
        np.mean(
            [
                np.abs(augment(pixels, name, seed=0, image=0, view=v).astype(int) - pixels).mean()
                for v in range(40)
            ]
        )
        for name in list(AUGMENTATIONS)[:4]
    ]
    assert list(AUGMENTATIONS)[:4] == ["none", "light", "medium", "strong"]
    assert distance == sorted(distance)
    assert len(set(distance)) == 4


def seen(pixels, name, count=30):
    """Return so many views as whole numbers."""
    return np.array(
        [augment(pixels, name, seed=1, image=0, view=v) for v in range(count)], dtype=int
    )


def test_single_changes_do_what_they_say(pixels):
    """Each change moves what it names: order, light, colours, detail."""
    gray, level = pixels.astype(int).mean(axis=2), pixels.astype(int).mean()
    flipped = {one.tobytes() for one in seen(pixels, "vertical_flip").astype(np.uint8)}
    assert flipped == {pixels.tobytes(), pixels[::-1].tobytes()}
    assert np.abs(seen(pixels, "brightness").mean(axis=(1, 2, 3)) - level).max() > 20
    assert seen(pixels, "contrast").std(axis=(1, 2, 3)).max() > pixels.std() * 1.1
    assert np.abs(seen(pixels, "saturation").mean(axis=3) - gray).mean() < 8
    assert np.ptp(seen(pixels, "saturation"), axis=3).mean(axis=(1, 2)).std() > 2
    assert np.abs(seen(pixels, "hue").max(axis=3) - pixels.max(axis=2)).mean() < 3
    roughness = np.abs(np.diff(pixels.astype(int), axis=1)).mean()
    assert np.abs(np.diff(seen(pixels, "noise"), axis=2)).mean() > 1.15 * roughness
    assert np.abs(np.diff(seen(pixels, "blur"), axis=2)).mean() < roughness


def test_a_crop_shows_a_part():
    """The colours of a crop are among the image's, and some are left out."""
    ramp = np.repeat(np.arange(0, 250, 5, dtype=np.uint8)[None, :, None], 50, axis=0).repeat(3, 2)
    views = seen(ramp, "crop")
    spans = np.ptp(views, axis=(1, 2, 3))
    assert spans.max() <= 245
    assert spans.min() < 200
    assert (np.diff(views, axis=2) >= 0).all()


def test_changes_are_joined(pixels):
    """Joined names do what each does, the farthest of each amount."""
    assert augmentation("light+noise") == Augmentation(flip=True, noise=0.08)
    assert augmentation("medium+rotation").rotation == 20
    with pytest.raises(DataError, match=r"but got 'flip\+nois' \(did you mean 'noise'\?\)"):
        augment(pixels, "flip+nois", seed=0, image=0, view=0)


@pytest.mark.parametrize("changed", ["seed", "image", "view"])
def test_every_number_counts(pixels, changed):
    """Another seed, image or view gives another result."""
    numbers = {"seed": 0, "image": 0, "view": 0}
    first = augment(pixels, "strong", **numbers)
    assert not np.array_equal(first, augment(pixels, "strong", **(numbers | {changed: 1})))


def test_edges_are_mirrored_not_black():
    """Turning a white image shows no black corners, only other light."""
    white = np.full((40, 60, 3), 250, dtype=np.uint8)
    for view in range(50):
        one = augment(white, "strong", seed=0, image=0, view=view)
        assert one.min() == one.max() > 150


def test_an_unknown_strength_is_refused(pixels):
    """The near miss is suggested."""
    with pytest.raises(DataError, match=r"but got 'midium' \(did you mean 'medium'\?\)"):
        augment(pixels, "midium", seed=0, image=0, view=0)
