"""The division into training, validation and test images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..dataset import SPLITS, Dataset
from ..errors import DataError, some
from .groups import groups_of

TEST_SHARE = 0.2
VALIDATION_SHARE = 0.2
_ATTEMPTS = 20
"""Random orders tried before the groups count as impossible to divide."""


@dataclass(frozen=True)
class Split:
    """Sorted, disjoint indices into ``dataset.images``, int64; together they cover them."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split_dataset(dataset: Dataset, *, seed: int) -> Split:
    """Divide the images into train, validation and test.

    Splits that the source states are kept. A missing test split is 20 % of the images without
    a stated split (of the training images where all have one), a missing validation split is
    20 % of what is then left to train on; both are stratified by class and keep groups whole, including groups
    of duplicates. The same seed, 0 included, gives the same split.

    Raises:
        DataError: fewer than two classes, or too few images or groups for every class to be in
            every split, or a group that the source itself cuts in two.
    """
    if len(dataset.classes) < 2:
        raise DataError(
            f"{dataset.place}: {len(dataset.classes)} class ({some(dataset.classes)}), but a classifier "
            "needs at least two; add images of another class"
        )
    groups = groups_of(dataset)
    stated = _stated_splits(dataset, groups)
    parts = {name: _where(stated, name) for name in SPLITS}
    free = _where(stated, None)
    pool = np.union1d(parts["train"], free)
    missing = [name for name in ("test", "validation") if not len(parts[name])]
    rng = np.random.default_rng(seed)
    if "test" in missing:
        source = free if len(free) else pool
        carver = _Carver(dataset, groups, pool, source, keep=len(missing))
        parts["test"] = carver.carve(TEST_SHARE, rng)
        pool = np.setdiff1d(pool, parts["test"])
    if "validation" in missing:
        carver = _Carver(dataset, groups, pool, pool, keep=1)
        parts["validation"] = carver.carve(VALIDATION_SHARE, rng)
        pool = np.setdiff1d(pool, parts["validation"])
    parts["train"] = pool
    _refuse_absent_classes(dataset, parts)
    return Split(**{name: np.sort(parts[name]).astype(np.int64) for name in SPLITS})


class _Carver:
    """Takes a stratified share out of ``source``, group by group.

    ``keep`` groups of every class stay in ``pool``, which holds ``source``. ``groups`` has the
    group of every image.
    """

    def __init__(
        self,
        dataset: Dataset,
        groups: np.ndarray,
        pool: np.ndarray,
        source: np.ndarray,
        keep: int,
    ):
        self.dataset, self.groups = dataset, groups
        self.units = self._grouped(source)
        self.counts = [Counter(dataset.labels[unit].tolist()) for unit in self.units]
        self.available = Counter(dataset.labels[source].tolist())
        in_pool = self._grouped(pool)
        units_of_class = Counter(c for unit in in_pool for c in set(dataset.labels[unit].tolist()))
        self.spare = {c: units_of_class[c] - keep for c in range(len(dataset.classes))}
        self._refuse_too_few(units_of_class, keep)

    def carve(self, share: float, rng: np.random.Generator) -> np.ndarray:
        """Return the indices taken, int64: about ``share`` of each class, at least one group of each."""
        wanted = {c: max(1, int(share * n + 0.5)) for c, n in self.available.items()}
        for _ in range(_ATTEMPTS):
            chosen = self._choose(wanted, rng.permutation(len(self.units)))
            if chosen is not None:
                return np.sort(np.concatenate([self.units[i] for i in chosen]))
        raise DataError(
            f"{self.dataset.place}: the groups are too large to give every split an image of "
            "every class; make the groups smaller"
        )

    def _choose(self, wanted: dict[int, int], order: np.ndarray) -> list[int] | None:
        taken: Counter[int] = Counter()
        spare, chosen = dict(self.spare), []

        def take(i: int) -> None:
            chosen.append(i)
            taken.update(self.counts[i])
            for c in self.counts[i]:
                spare[c] -= 1

        for i in order.tolist():
            fits = all(taken[c] + n <= wanted[c] for c, n in self.counts[i].items())
            if fits and all(spare[c] > 0 for c in self.counts[i]):
                take(i)
        for c in wanted:  # classes whose groups are all larger than the share
            if not taken[c]:
                possible = [
                    i
                    for i in order.tolist()
                    if c in self.counts[i] and all(spare[other] > 0 for other in self.counts[i])
                ]
                if not possible:
                    return None
                take(min(possible, key=lambda i: len(self.units[i])))
        return chosen

    def _grouped(self, indices: np.ndarray) -> list[np.ndarray]:
        units: dict[int, list[int]] = {}
        for i in indices.tolist():
            units.setdefault(int(self.groups[i]), []).append(i)
        return [np.array(unit, dtype=np.int64) for unit in units.values()]

    def _refuse_too_few(self, units_of_class: Counter, keep: int) -> None:
        classes = self.dataset.classes
        few = [c for c in range(len(classes)) if units_of_class[c] < keep + 1]
        none = [c for c in range(len(classes)) if c not in self.available and c not in few]
        if few:
            grouped = len(np.unique(self.groups)) < len(self.groups)
            what = "different images" if grouped else "images"
            counts = some([f"{classes[c]!r} has {units_of_class[c]}" for c in few])
            raise DataError(
                f"{self.dataset.place}: every class needs at least {keep + 1} {what} to be divided, "
                f"but {counts}; add some or remove the class{without(self.dataset, few)}"
            )
        if none:
            raise DataError(
                f"{self.dataset.place}: all images of {some([classes[c] for c in none])} are "
                "marked train, so none is left to test on; mark some as test"
            )


def without(dataset: Dataset, small: Sequence[int] | np.ndarray) -> str:
    """Return the option that leaves out these classes, as the end of a sentence; nothing if no two others are left."""
    totals = np.bincount(dataset.labels, minlength=len(dataset.classes))
    least = int(totals[list(small)].max()) + 1
    if (totals >= least).sum() < 2:
        return ""
    return f"; --min-per-class {least} leaves out classes of fewer images"


def _where(stated: list[str | None], name: str | None) -> np.ndarray:
    return np.array([i for i, split in enumerate(stated) if split == name], dtype=np.int64)


def _stated_splits(dataset: Dataset, groups: np.ndarray) -> list[str | None]:
    """Return each image's stated split; one without follows the rest of its group."""
    _refuse_cut_groups(dataset)
    of_group: dict[int, str] = {}
    for image, group in zip(dataset.images, groups.tolist(), strict=True):
        if image.split is not None:
            of_group.setdefault(group, image.split)
    return [
        image.split or of_group.get(group)
        for image, group in zip(dataset.images, groups.tolist(), strict=True)
    ]


def _refuse_cut_groups(dataset: Dataset) -> None:
    """Refuse a source that contradicts itself; the data check reports duplicates in several splits."""
    of_group: dict[str, str] = {}
    for image in dataset.images:
        if image.group is None or image.split is None:
            continue
        first = of_group.setdefault(image.group, image.split)
        if first != image.split:
            raise DataError(
                f"{dataset.place}: the group {image.group!r} is marked both {first} and "
                f"{image.split}; a group belongs in one split"
            )


def _refuse_absent_classes(dataset: Dataset, parts: dict[str, np.ndarray]) -> None:
    absent = []
    for split, indices in parts.items():
        present = set(dataset.labels[indices].tolist())
        for label, name in enumerate(dataset.classes):
            if label not in present:
                absent.append(f"no readable image of {name!r} in {split}")
    if absent:
        raise DataError(
            f"{dataset.place}: {some(absent)}; every class needs at least one in every split"
        )
