"""Groups say which images stay together, and splits keep them together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.datasets import duplicate_groups, groups_of, split_dataset


def test_every_image_is_its_own_group_at_first(in_memory):
    """Without anything that ties them, groups are the images' numbers."""
    assert groups_of(in_memory([0, 1, 0, 1])).tolist() == [0, 1, 2, 3]


def test_groups_copies_and_look_alikes_tie(in_memory):
    """A stated group, equal bytes and a look-alike join, and joined ones join further."""
    dataset = in_memory([0] * 7, groups=["g", None, "g", None, None, None, None])
    images = list(dataset.images)
    images[3] = replace(images[3], digest=images[2].digest)
    dataset = replace(dataset, images=tuple(images), duplicates=((3, 5),))
    assert groups_of(dataset).tolist() == [0, 1, 0, 0, 2, 0, 3]
    assert duplicate_groups(dataset).tolist() == [0, 1, 2, 2, 3, 2, 4]


@settings(max_examples=30, deadline=None)
@given(
    ties=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=12),
    seed=st.integers(0, 9),
)
def test_splits_keep_look_alikes_together(in_memory, ties, seed):
    """Whatever is alike lands in one split, with any seed."""
    dataset = replace(in_memory([i % 3 for i in range(60)]), duplicates=tuple(ties))
    split = split_dataset(dataset, seed=seed)
    part = np.empty(60, np.int64)
    for number, indices in enumerate((split.train, split.validation, split.test)):
        part[indices] = number
    groups = groups_of(dataset)
    assert all(len(set(part[groups == g])) == 1 for g in set(groups.tolist()))


def test_stated_splits_are_never_changed(in_memory):
    """A source that parts look-alikes is followed; what it leaves open goes with the rest."""
    splits = ["train"] * 4 + ["test"] * 4 + [None] * 4
    dataset = replace(in_memory([0, 1] * 6, splits), duplicates=((0, 4), (5, 9)))
    split = split_dataset(dataset, seed=0)
    assert set(range(4)) <= {*split.train, *split.validation}
    assert {4, 5, 6, 7, 9} <= set(split.test.tolist())


def test_a_class_of_one_image_many_times_is_too_small(in_memory):
    """Copies do not make a class large enough to divide."""
    from transfertune.datasets import DataError

    dataset = replace(in_memory([0] * 6 + [1] * 6), duplicates=((0, 1, 2, 3, 4, 5),))
    with pytest.raises(DataError, match=r"needs at least 3 different images .* 'class_0' has 1"):
        split_dataset(dataset, seed=0)
