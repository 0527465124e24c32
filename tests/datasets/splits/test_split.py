"""The laws of a split: disjoint, covering, stratified, whole groups, fixed by the seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.datasets import DataError, split_dataset

SEEDS = st.integers(0, 2**32)


def parts(split):
    """Return the three index arrays by name."""
    return {"train": split.train, "validation": split.validation, "test": split.test}


def labels_of(counts):
    """Return labels for so many images per class, the classes mixed."""
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    return np.random.default_rng(0).permutation(labels).tolist()


def assert_lawful(dataset, split):
    """Assert what holds for every split: int64, sorted, disjoint, covering, no class absent."""
    together = np.concatenate(list(parts(split).values()))
    assert np.array_equal(np.sort(together), np.arange(len(dataset.images)))
    for indices in parts(split).values():
        assert indices.dtype == np.int64
        assert np.array_equal(indices, np.sort(indices))
        assert set(dataset.labels[indices]) == set(range(len(dataset.classes)))


@given(st.lists(st.integers(3, 40), min_size=2, max_size=6), SEEDS)
def test_a_split_is_lawful_and_stratified(in_memory, counts, seed):
    """Without groups every class gives 20 % to test and 20 % of the rest to validation, rounded."""
    dataset = in_memory(labels_of(counts))
    split = split_dataset(dataset, seed=seed)
    assert_lawful(dataset, split)
    for label, count in enumerate(counts):
        in_test = max(1, int(count * 0.2 + 0.5))
        assert np.sum(dataset.labels[split.test] == label) == in_test
        in_validation = max(1, int((count - in_test) * 0.2 + 0.5))
        assert np.sum(dataset.labels[split.validation] == label) == in_validation


@given(SEEDS)
def test_the_seed_fixes_the_split(in_memory, seed):
    """The same seed gives the same split, another seed another; 0 is a seed like any other."""
    dataset = in_memory(labels_of([60, 60]))
    again = [split_dataset(dataset, seed=s) for s in (seed, seed, seed + 1)]
    assert np.array_equal(again[0].test, again[1].test)
    assert np.array_equal(again[0].validation, again[1].validation)
    assert not np.array_equal(again[0].test, again[2].test)
    assert not np.array_equal(
        split_dataset(dataset, seed=0).test, split_dataset(dataset, seed=1).test
    )


SIZES = st.lists(st.integers(1, 7), min_size=3, max_size=9)


@given(st.lists(SIZES, min_size=2, max_size=4), SEEDS)
def test_groups_stay_whole(in_memory, sizes, seed):
    """Groups of any size within a class are never cut, and every class is in every split."""
    groups = [(label, size) for label, of_class in enumerate(sizes) for size in of_class]
    labels = [label for label, size in groups for _ in range(size)]
    names = [f"g{g}" for g, (_, size) in enumerate(groups) for _ in range(size)]
    dataset = in_memory(labels, groups=names)
    split = split_dataset(dataset, seed=seed)
    assert_lawful(dataset, split)
    homes = [{names[i] for i in indices} for indices in parts(split).values()]
    assert sum(map(len, homes)) == len(set(names))


@given(SEEDS)
def test_groups_that_span_classes_stay_whole(in_memory, seed):
    """A group may hold several classes (one session, many objects)."""
    labels = [label for _ in range(12) for label in (0, 1, 0)]
    names = [f"session {number // 3}" for number in range(36)]
    dataset = in_memory(labels, groups=names)
    split = split_dataset(dataset, seed=seed)
    assert_lawful(dataset, split)
    assert len(split.test) == 6  # two of twelve sessions: 4.8 images of class 0, at most 5
    assert sum(len({names[i] for i in p}) for p in parts(split).values()) == 12


@given(st.lists(st.sampled_from(["train", "validation", "test"]), max_size=20), SEEDS)
def test_stated_splits_are_kept(in_memory, more, seed):
    """Whoever states all three splits gets exactly them."""
    stated = ["train", "validation", "test"] * 2 + more
    dataset = in_memory([0, 0, 0, 1, 1, 1] + [0] * len(more), splits=stated)
    for name, indices in parts(split_dataset(dataset, seed=seed)).items():
        assert indices.tolist() == [i for i, split in enumerate(stated) if split == name]


def test_validation_is_carved_out_of_stated_training_images(in_memory):
    """With train and test stated, only validation is missing, and test is not touched."""
    dataset = in_memory([0, 1] * 50, splits=["train"] * 80 + ["test"] * 20)
    split = split_dataset(dataset, seed=0)
    assert split.test.tolist() == list(range(80, 100))
    assert (len(split.train), len(split.validation)) == (64, 16)


def test_test_is_carved_out_of_stated_training_images(in_memory):
    """With train and validation stated and nothing else, test comes out of train."""
    dataset = in_memory([0, 1] * 50, splits=["train"] * 80 + ["validation"] * 20)
    split = split_dataset(dataset, seed=0)
    assert split.validation.tolist() == list(range(80, 100))
    assert (len(split.train), len(split.test)) == (64, 16)


def test_test_is_a_share_of_the_images_without_a_split(in_memory):
    """Images marked train are not tested on where others are not marked."""
    dataset = in_memory([0, 1] * 50, splits=["train"] * 50 + [None] * 50)
    split = split_dataset(dataset, seed=0)
    assert len(split.test) == 10
    assert min(split.test) >= 50


def test_an_image_without_a_split_follows_its_group(in_memory):
    """One image of a group marked test takes the group there."""
    groups = ["a", "a", *(f"g{number}" for number in range(10))]
    splits = ["test", None, "test", *[None] * 9]
    dataset = in_memory([0, 0, 1, *[0, 1] * 4, 0], splits=splits, groups=groups)
    assert split_dataset(dataset, seed=0).test.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        ([], {"classes": 0}, "needs at least two"),
        ([0] * 9, {}, r"1 class \(class_0\)"),
        ([0] * 9 + [1], {}, "at least 3 images to be divided, but 'class_1' has 1"),
        ([0] * 9 + [1] * 2, {}, "'class_1' has 2"),
        (
            [0, 0, 1, 1],
            {"splits": ["train", "test", "train", "test"]},
            "at least 2 images to be divided, but 'class_0' has 1, 'class_1' has 1",
        ),
        (
            [0, 0, 0, 1, 1],
            {"splits": ["train", "train", "test", "train", "train"]},
            "no readable image of 'class_1' in test",
        ),
        (
            [0] * 6 + [1] * 6,
            {"groups": [*"abcdef", *"gggghh"]},
            "at least 3 different images to be divided, but 'class_1' has 2",
        ),
        (
            [0] * 5 + [1] * 5,
            {"groups": ["a"] * 10, "splits": ["train"] * 5 + ["test"] * 5},
            "the group 'a' is marked both train and test",
        ),
        (
            [0] * 6 + [1] * 6,
            {"splits": [None] * 6 + ["train"] * 6},
            "all images of class_1 are marked train",
        ),
    ],
)
def test_impossible_divisions_are_refused(in_memory, labels, options, message):
    """Each says in one line which class or group stands in the way."""
    with pytest.raises(DataError, match=message) as caught:
        split_dataset(in_memory(labels, **options), seed=0)
    assert "\n" not in str(caught.value)


def test_classes_tied_together_by_groups_are_refused(in_memory):
    """Where no order of the groups helps, the groups are blamed."""
    groups = ["ab", "ab", "bc", "bc", "ca", "ca"]
    dataset = in_memory([0, 1, 1, 2, 2, 0], groups=groups)
    with pytest.raises(DataError, match="'class_0' has 2"):
        split_dataset(dataset, seed=0)
    labels = [0, 1, 1, 2, 2, 0, 0, 1, 2]
    dataset = in_memory(labels, groups=[*groups, "abc", "abc", "abc"])
    with pytest.raises(DataError, match="the groups are too large"):
        split_dataset(dataset, seed=0)
