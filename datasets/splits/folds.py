"""Repeated, stratified folds of all images but the test images.

A small validation split says little, and a classifier on frozen features costs a second: below 10,000 training images
all of them validate in turn, in ten folds for fewer than 200, in five for more. Recipes that cost much get folds one
after another, as long as they can still win.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..dataset import Dataset
from ..errors import DataError
from .groups import groups_of
from .split import Split, without

CROSS_VALIDATION, HOLD_OUTS, ONE_SPLIT = "cross-validation", "hold-outs", "one split"
SMALL, LARGE = 200, 10_000
"""The numbers of training images from which five folds replace ten, and one split replaces them all."""
FOLDS, REPEATS = 10, 2
"""Of the cross-validation of small data; with ten folds a fit has nine tenths of the retrained model's images."""
PARTS = 5
"""The folds of larger data, and of hold-outs."""
MANY = 2000
"""The number of training images from which one split validates enough images to count errors."""
ENOUGH = 80
"""How many images a costly recipe is validated on before it has to contend for more."""


@dataclass(frozen=True)
class Policy:
    """How often a recipe is fitted, and on which images.

    The images are divided into ``folds`` parts, ``repeats`` times anew. A slot is a pair (repeat, fold): fit on all
    other parts, validate on this one. Every recipe gets the first ``first_fits`` slots, one whose fits cost much the
    first ``costly_fits`` of them; contenders get up to ``fits``. ``reason`` says why there are so many folds.
    """

    kind: str
    folds: int
    repeats: int
    first_fits: int
    costly_fits: int
    fits: int
    reason: str = ""

    @property
    def words(self) -> str:
        """The kind, the number of folds of a cross-validation, and the reason."""
        folds = f" in {self.folds} folds" if self.kind == CROSS_VALIDATION else ""
        return f"{self.kind}{folds}" + (f" ({self.reason})" if self.reason else "")

    @property
    def slots(self) -> tuple[tuple[int, int], ...]:
        """All (repeat, fold) pairs, in the order in which they are used."""
        every = [(repeat, fold) for repeat in range(self.repeats) for fold in range(self.folds)]
        return tuple(every[: self.fits])

    def next_fits(self, done: int) -> int:
        """Return how many fits a contender with `done` fits has after its next ones; as many as it has, if no more.

        One that has fewer than most gets one fit more at a time; from there on all are divided anew, a whole repeat at
        a time.
        """
        if done < self.first_fits:
            return done + 1
        return max(
            done, min(self.fits, done // self.first_fits * self.first_fits + self.first_fits)
        )


def _one_split(reason: str) -> Policy:
    return Policy(ONE_SPLIT, 1, 1, 1, 1, 1, reason)


def choose_policy(
    dataset: Dataset, split: Split, *, folds: int | None = None, repeats: int | None = None
) -> Policy:
    """Return the policy that fits the number of training images, or the one asked for.

    Args:
        dataset: the images; a validation split that they state themselves is kept, unless ``folds`` is given.
        split: their division.
        folds: 2 or more for cross-validation with so many folds, 1 for hold-outs of a fifth.
        repeats: of all folds of a cross-validation, or the number of hold-outs.

    Raises:
        DataError: a number is out of range, or a class has too few images for the folds.
    """
    _refuse_numbers(folds, repeats)
    stated = any(image.split == "validation" for image in dataset.images)
    if folds is None and stated:
        return _one_split("the data states its validation images")
    development = np.concatenate([split.train, split.validation])
    groups = _groups_per_class(dataset, development)
    most = int(groups.min())
    if folds is not None and folds > most:
        raise DataError(
            f"{dataset.place}: folds must be at most {most}, since the smallest class has {most} "
            f"images or groups to train and validate on, but got {folds}"
        )
    images = len(split.train)
    reason = "as asked for" if folds is not None or repeats is not None else _of_size(images)
    if folds is None:
        folds = FOLDS if images < SMALL else PARTS if images < LARGE else 1
        repeats = repeats or (REPEATS if images < SMALL else 1)
    if folds > most:
        reason = _of_small_classes(dataset, groups, folds)
    if folds > 1 and most > 1:
        folds, repeats = min(folds, most), repeats or REPEATS
        validated = (images + len(split.validation)) / folds
        costly = min(folds, math.ceil(ENOUGH / validated))
        return Policy(CROSS_VALIDATION, folds, repeats, folds, costly, folds * repeats, reason)
    if repeats == 1 or most < 2:
        return _one_split(reason)
    # Hold-outs are the parts of one division after another, so that they overlap as little as can be.
    fits, parts = repeats or PARTS, min(PARTS, most)
    return Policy(HOLD_OUTS, parts, -(-fits // parts), 1, 1, fits, reason)


def _of_size(images: int) -> str:
    """Return the reason of what suits so many training images."""
    if images < SMALL:
        return f"fewer than {SMALL} training images"
    return (
        f"{LARGE:,} training images or more"
        if images >= LARGE
        else f"{SMALL} training images or more"
    )


def _of_small_classes(dataset: Dataset, groups: np.ndarray, folds: int) -> str:
    """Return which class allows no more folds, and what leaves such classes out if two others are left.

    Args:
        dataset: the images.
        groups: how many different images of each class train and validate, int64 (C,).
        folds: the folds that were meant.
    """
    smallest = int(groups.argmin())
    images = "image" if groups[smallest] == 1 else "images"
    said = (
        f"not {folds}, since {dataset.classes[smallest]!r} has {groups[smallest]} different {images} to train and "
        "validate on"
    )
    return said + without(dataset, np.flatnonzero(groups < folds))


def has_many_images(split: Split, policy: Policy) -> bool:
    """Whether one split validates so many images that their errors tell recipes apart; else their loss does better."""
    return policy.kind == ONE_SPLIT and len(split.train) >= MANY


def assign_folds(dataset: Dataset, split: Split, policy: Policy, *, seed: int) -> np.ndarray:
    """Return the fold in which each image validates: int16 (repeats, images), -1 for test images.

    Folds are stratified by class and keep groups whole, those of images that show the same among them. With one split
    fold 0 holds the validation images and fold 1 all others. The same seed gives the same folds.
    """
    assigned = np.full((policy.repeats, len(dataset.images)), -1, dtype=np.int16)
    if policy.kind == ONE_SPLIT:
        assigned[0, split.train], assigned[0, split.validation] = 1, 0
        return assigned
    development = np.sort(np.concatenate([split.train, split.validation]))
    for repeat in range(policy.repeats):
        assigned[repeat, development] = _divide(
            dataset, development, policy.folds, seed=(seed + repeat) % 2**32
        )
    return assigned


def cross_folds(
    dataset: Dataset, indices: np.ndarray, folds: int, *, seed: int
) -> np.ndarray | None:
    """Return the fold of each of some images, int16 (n,): one division, as `assign_folds` makes it.

    There are fewer folds where the smallest class has fewer groups; None where it has only one.
    """
    folds = min(folds, int(_groups_per_class(dataset, indices).min()))
    return _divide(dataset, indices, folds, seed=seed % 2**32) if folds > 1 else None


def first_slot(split: Split, policy: Policy, folds: np.ndarray) -> Split:
    """Return the split of the first slot, so that train and validation are what its fit sees."""
    if policy.kind == ONE_SPLIT:
        return split
    return Split(np.flatnonzero(folds[0] > 0), np.flatnonzero(folds[0] == 0), split.test)


def _divide(dataset: Dataset, indices: np.ndarray, folds: int, seed: int) -> np.ndarray:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    labels, groups = dataset.labels[indices], groups_of(dataset)[indices]
    alone = len(np.unique(groups)) == len(groups)
    kind = StratifiedKFold if alone else StratifiedGroupKFold
    divider = kind(folds, shuffle=True, random_state=seed)
    parts = divider.split(labels, labels, None if alone else groups)
    assigned = np.empty(len(indices), np.int16)
    for fold, (_, held_out) in enumerate(parts):
        assigned[held_out] = fold
    return assigned


def _groups_per_class(dataset: Dataset, indices: np.ndarray) -> np.ndarray:
    groups, labels = groups_of(dataset)[indices], dataset.labels[indices]
    return np.array([len(np.unique(groups[labels == c])) for c in range(len(dataset.classes))])


def _refuse_numbers(folds: int | None, repeats: int | None) -> None:
    for name, value, top in (("folds", folds, 50), ("repeats", repeats, 100)):
        if value is not None and not 1 <= value <= top:
            raise DataError(f"{name} must be a whole number from 1 to {top}, but got {value}")
