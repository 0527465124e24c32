"""Folds: how many there are for how many images, and that they are stratified, whole and repeatable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.datasets import (
    DataError,
    Split,
    assign_folds,
    choose_policy,
    first_slot,
    has_many_images,
    split_dataset,
)
from transfertune.datasets.sources.small_classes import without_small_classes

FEW = settings(max_examples=20, deadline=None)


def divided(in_memory, train: int, validation: int = 2, test: int = 2, **options):
    """Return a data set of two classes in turn, and a split of so many images."""
    size = train + validation + test
    bounds = np.cumsum([train, validation])
    parts = np.split(np.arange(size, dtype=np.int64), bounds)
    return in_memory([i % 2 for i in range(size)], **options), Split(*parts)


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (20, ("cross-validation", 10, 2, 10, 20)),
        (199, ("cross-validation", 10, 2, 10, 20)),
        (200, ("cross-validation", 5, 1, 5, 5)),
        (9999, ("cross-validation", 5, 1, 5, 5)),
        (10000, ("one split", 1, 1, 1, 1)),
    ],
)
def test_the_number_of_training_images_decides(in_memory, images, expected):
    """Ten folds twice below 200 images, five folds once below 10,000, one split from there on."""
    policy = choose_policy(*divided(in_memory, images, 40))
    kept = (policy.kind, policy.folds, policy.repeats, policy.first_fits, policy.fits)
    assert kept == expected
    assert len(policy.slots) == policy.fits


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"folds": 3}, ("cross-validation", 3, 2, 3, 6)),
        ({"folds": 3, "repeats": 4}, ("cross-validation", 3, 4, 3, 12)),
        ({"repeats": 3}, ("cross-validation", 10, 3, 10, 30)),
        ({"folds": 1}, ("hold-outs", 5, 1, 1, 5)),
        ({"folds": 1, "repeats": 7}, ("hold-outs", 5, 2, 1, 7)),
        ({"folds": 1, "repeats": 1}, ("one split", 1, 1, 1, 1)),
    ],
)
def test_what_is_asked_for_is_done(in_memory, asked, expected):
    """Folds and repeats replace what the number of images would choose."""
    policy = choose_policy(*divided(in_memory, 40, 10), **asked)
    kept = (policy.kind, policy.folds, policy.repeats, policy.first_fits, policy.fits)
    assert kept == expected


def test_many_images_are_cross_validated_on_request(in_memory):
    """Of many images folds that are asked for still come with repeats, and hold-outs with five."""
    many = divided(in_memory, 2400, 600)
    assert choose_policy(*many, folds=5).fits == 10
    assert choose_policy(*many, folds=1).fits == 5
    assert choose_policy(*many, folds=1, repeats=3).fits == 3


@pytest.mark.parametrize(
    ("images", "folds", "fits"), [(30, 10, 10), (150, 10, 5), (240, 5, 2), (400, 5, 1)]
)
def test_a_costly_recipe_begins_with_eighty_images(in_memory, images, folds, fits):
    """It gets as many folds as validate 80 images, then one more at a time, then as all do."""
    policy = choose_policy(*divided(in_memory, images, images // 4))
    assert (policy.folds, policy.costly_fits) == (folds, fits)
    stages = [fits]
    while (after := policy.next_fits(stages[-1])) > stages[-1]:
        stages.append(after)
    assert stages == [*range(fits, folds + 1), *range(2 * folds, policy.fits + 1, folds)]


def test_slots_go_through_a_repeat_before_the_next(in_memory):
    """All folds of the first division come first; hold-outs of one division do not overlap."""
    policy = choose_policy(*divided(in_memory, 40, 10), folds=1, repeats=7)
    assert policy.slots == ((0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (1, 1))


def test_a_stated_validation_split_is_kept(in_memory):
    """Whoever states what to validate on gets exactly that, unless folds are asked for."""
    splits = ["train"] * 30 + ["validation"] * 8 + ["test"] * 4
    dataset, split = divided(in_memory, 30, 8, 4, splits=splits)
    policy = choose_policy(dataset, split)
    assert policy.kind == "one split"
    folds = assign_folds(dataset, split, policy, seed=0)
    assert folds.tolist() == [[1] * 30 + [0] * 8 + [-1] * 4]
    assert first_slot(split, policy, folds) is split
    assert choose_policy(dataset, split, folds=2).kind == "cross-validation"


def test_a_small_class_means_fewer_folds(in_memory):
    """Three images of a class give three folds, for hold-outs as for cross-validation."""
    dataset = in_memory([0] * 40 + [1] * 4)
    split = split_dataset(dataset, seed=0)
    assert choose_policy(dataset, split).folds == 3
    assert choose_policy(dataset, split, folds=1).folds == 3


@pytest.mark.parametrize(
    ("counts", "asked", "words"),
    [
        ((60, 60), {}, "cross-validation in 10 folds (fewer than 200 training images)"),
        ((200, 200), {}, "cross-validation in 5 folds (200 training images or more)"),
        ((9000, 9000), {}, "one split (10,000 training images or more)"),
        ((60, 60), {"folds": 3}, "cross-validation in 3 folds (as asked for)"),
        ((60, 60), {"folds": 1}, "hold-outs (as asked for)"),
        (
            (30, 30, 3),
            {},
            "cross-validation in 2 folds (not 10, since 'class_2' has 2 different images to train and validate on; "
            "--min-per-class 4 leaves out classes of fewer images)",
        ),
        (
            (30, 30, 3, 7),
            {},
            "cross-validation in 2 folds (not 10, since 'class_2' has 2 different images to train and validate on; "
            "--min-per-class 8 leaves out classes of fewer images)",
        ),
        (
            (400, 5),
            {},
            "cross-validation in 4 folds (not 5, since 'class_1' has 4 different images to train and validate on)",
        ),
    ],
)
def test_the_number_of_folds_comes_with_its_reason(in_memory, counts, asked, words):
    """The size, what was asked for, or the smallest class with what leaves it out, if two others are left."""
    dataset = in_memory([label for label, count in enumerate(counts) for _ in range(count)])
    assert choose_policy(dataset, split_dataset(dataset, seed=0), **asked).words == words


def test_a_stated_split_is_the_reason_of_one(in_memory):
    """Whoever states validation images reads that."""
    splits = ["train"] * 30 + ["validation"] * 8 + ["test"] * 4
    policy = choose_policy(*divided(in_memory, 30, 8, 4, splits=splits))
    assert policy.words == "one split (the data states its validation images)"


def test_what_the_offer_leaves_out_gives_all_folds(in_memory):
    """The number that is named is the smallest one that does."""
    dataset = in_memory([0] * 30 + [1] * 30 + [2] * 3 + [3] * 7)
    assert choose_policy(dataset, split_dataset(dataset, seed=0)).folds == 2
    for least, folds in ((7, 6), (8, 10)):
        fewer = without_small_classes(dataset, least)
        assert choose_policy(fewer, split_dataset(fewer, seed=0)).folds == folds


@FEW
@given(
    st.lists(st.integers(7, 40), min_size=2, max_size=5),
    st.integers(0, 2**32),
    st.sampled_from([{}, {"folds": 3, "repeats": 2}, {"folds": 1, "repeats": 6}]),
)
def test_folds_are_a_division_of_what_is_not_tested(in_memory, counts, seed, asked):
    """In every repeat each development image has one fold, no test image has any, and classes are spread evenly."""
    dataset = in_memory([label for label, n in enumerate(counts) for _ in range(n)])
    split = split_dataset(dataset, seed=seed)
    policy = choose_policy(dataset, split, **asked)
    folds = assign_folds(dataset, split, policy, seed=seed)
    assert (folds.dtype, folds.shape) == (np.int16, (policy.repeats, len(dataset.images)))
    assert set(np.flatnonzero(folds[0] < 0)) == set(split.test)
    development = np.concatenate([split.train, split.validation])
    for repeat in folds:
        assert set(repeat[development]) == set(range(policy.folds))
        for label in range(len(counts)):
            of_class = repeat[development][dataset.labels[development] == label]
            sizes = np.bincount(of_class, minlength=policy.folds)
            assert sizes.max() - sizes.min() <= 1


@FEW
@given(st.integers(0, 2**32))
def test_the_seed_fixes_the_folds(in_memory, seed):
    """The same seed gives the same folds, another one and another repeat give others."""
    dataset = in_memory([0, 1] * 40)
    split = split_dataset(dataset, seed=0)
    policy = choose_policy(dataset, split)
    one, same, other = (
        assign_folds(dataset, split, policy, seed=s) for s in (seed, seed, seed + 9)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert len({repeat.tobytes() for repeat in one}) == policy.repeats


@FEW
@given(st.lists(st.integers(1, 5), min_size=8, max_size=12), st.integers(0, 2**32))
def test_groups_stay_whole(in_memory, sizes, seed):
    """No group of images is cut by a fold, whatever its size."""
    groups = [f"{label}-{g}" for label in (0, 1) for g, n in enumerate(sizes) for _ in range(n)]
    dataset = in_memory([int(name[0]) for name in groups], groups=groups)
    split = split_dataset(dataset, seed=seed)
    folds = assign_folds(dataset, split, choose_policy(dataset, split), seed=seed)
    for repeat in folds:
        homes = {(name, fold) for name, fold in zip(groups, repeat.tolist(), strict=True)}
        assert len(homes) == len(set(groups))


def test_images_that_show_the_same_share_a_fold(in_memory):
    """Exact copies and near duplicates never validate what was trained on their like."""
    dataset = in_memory([0, 1] * 30)
    copies = tuple(
        replace(p, digest=dataset.images[i - 2].digest) if i % 6 == 4 else p
        for i, p in enumerate(dataset.images)
    )
    dataset = replace(dataset, images=copies, duplicates=((1, 5), (7, 9, 11)))
    split = split_dataset(dataset, seed=3)
    for repeat in assign_folds(dataset, split, choose_policy(dataset, split), seed=3):
        assert all(repeat[i] == repeat[i - 2] for i in range(4, 60, 6))
        assert repeat[1] == repeat[5]
        assert repeat[7] == repeat[9] == repeat[11]


def test_the_first_slot_is_a_split(in_memory):
    """Its fold is validated and all others trained on; the test images stay."""
    dataset = in_memory([0, 1] * 40)
    split = split_dataset(dataset, seed=1)
    policy = choose_policy(dataset, split)
    folds = assign_folds(dataset, split, policy, seed=1)
    first = first_slot(split, policy, folds)
    np.testing.assert_array_equal(first.test, split.test)
    np.testing.assert_array_equal(first.validation, np.flatnonzero(folds[0] == 0))
    together = np.sort(np.concatenate([first.train, first.validation, first.test]))
    np.testing.assert_array_equal(together, np.arange(80))


@pytest.mark.parametrize(
    ("train", "asked", "many"),
    [
        (1999, {"folds": 1, "repeats": 1}, False),
        (2000, {"folds": 1, "repeats": 1}, True),
        (10000, {}, True),
        (2000, {}, False),
        (36, {"folds": 1, "repeats": 1}, False),
    ],
)
def test_one_split_has_many_images_from_2000(in_memory, train, asked, many):
    """A single split is not enough: asked for, or stated by small data, it measures the error badly."""
    dataset, split = divided(in_memory, train, 4)
    assert has_many_images(split, choose_policy(dataset, split, **asked)) == many


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"folds": 0}, "folds must be a whole number from 1 to 50, but got 0"),
        ({"folds": 51}, "folds must be a whole number from 1 to 50, but got 51"),
        ({"repeats": 0}, "repeats must be a whole number from 1 to 100, but got 0"),
        ({"repeats": 101}, "repeats must be a whole number from 1 to 100, but got 101"),
        ({"folds": 9}, "folds must be at most 8, since the smallest class has 8 .*, but got 9"),
    ],
)
def test_numbers_that_cannot_be_are_refused(in_memory, asked, says):
    """One line with the number, what is allowed and why."""
    dataset, split = divided(in_memory, 12, 4)
    with pytest.raises(DataError, match=says) as caught:
        choose_policy(dataset, split, **asked)
    assert "\n" not in str(caught.value)


def test_groups_count_for_the_most_folds(in_memory):
    """Ten images in three groups can be divided three times."""
    groups = [f"{label}{n % 4}" for label in "ab" for n in range(12)]
    dataset = in_memory([0] * 12 + [1] * 12, groups=groups)
    split = split_dataset(dataset, seed=0)
    with pytest.raises(DataError, match="at most 3, since the smallest class has 3"):
        choose_policy(dataset, split, folds=4)
