"""Groups of images that belong together and are never in two splits or folds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

import numpy as np

from ..dataset import Dataset


class Union:
    """Joins numbers 0..size-1 into sets."""

    def __init__(self, size: int):
        self._parent = list(range(size))

    def find(self, i: int) -> int:
        """Return the smallest number of the set that ``i`` is in."""
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def join(self, i: int, j: int) -> None:
        """Make one set of two."""
        low, high = sorted((self.find(i), self.find(j)))
        self._parent[high] = low

    def join_equal(self, keys: Iterable[Hashable]) -> None:
        """Join all numbers that have the same key; None is no key."""
        first: dict[Hashable, int] = {}
        for i, key in enumerate(keys):
            if key is not None:
                self.join(first.setdefault(key, i), i)


def groups_of(dataset: Dataset) -> np.ndarray:
    """Return a group number for every image, int64 (N,), from 0 in the order of first images.

    The images of one stated group belong together, and so do exact copies and ``dataset.duplicates``. Any other image
    is a group of its own.
    """
    union = Union(len(dataset.images))
    union.join_equal(image.group for image in dataset.images)
    union.join_equal(image.digest for image in dataset.images)
    for first, *others in dataset.duplicates:
        for other in others:
            union.join(first, other)
    roots = [union.find(i) for i in range(len(dataset.images))]
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def duplicate_groups(dataset: Dataset) -> np.ndarray:
    """Return the number of each image's group of duplicates, int64 (images,): exact copies and near duplicates.

    Groups that only the source states do not count.
    """
    ungrouped = tuple(replace(image, group=None) for image in dataset.images)
    return groups_of(replace(dataset, images=ungrouped))
