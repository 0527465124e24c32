"""Builds the header and the table of images of a study from what a search was given."""

import hashlib
import importlib.metadata
import platform
from typing import Any

import numpy as np

from ...datasets import Dataset, Policy, Split, duplicate_groups, has_many_images
from ...reports import FORMAT, Header, ImageTable, Objective, criterion_of, resolution, utc_now
from ...search_spaces import Space

_VERSIONED = ("transfertune", "keras", "keras-tuner", "tensorflow", "numpy", "pillow")


def make_header(
    space: Space,
    dataset: Dataset,
    split: Split,
    policy: Policy,
    folds: np.ndarray,
    *,
    weights: dict[str, Any],
    objective: Objective,
    strategy: str,
    limits: dict[str, Any],
    seed: int,
    source: str,
    per_class: int | None,
    min_per_class: int | None,
    command: str | None,
    comparison: bool = False,
) -> Header:
    """Return everything that defines a search."""
    values = {
        "format": FORMAT,
        "space": space.as_dict(),
        "data": {
            **_describe(dataset, split),
            "per_class": per_class,
            "min_per_class": min_per_class,
            "source": source,
        },
        "split": {name: len(indices) for name, indices in _parts_of(split)},
        "policy": _describe_policy(policy, split, folds, objective.name),
        "weights": weights,
        "objective": {"name": objective.name, "direction": objective.direction},
        "strategy": strategy,
        "limits": limits,
        # Hyperband's brackets stay as they were begun when a later call asks for more trials.
        "strategy_trials": limits["trials"],
        "seed": seed,
        "versions": _versions(),
        "command": command,
        "comparison": comparison,
        "created": utc_now(),
    }
    return Header.from_json(values)


def _describe_policy(
    policy: Policy, split: Split, folds: np.ndarray, objective: str
) -> dict[str, Any]:
    """Return how often recipes are fitted and which differences that can detect, for the header."""
    every_image = policy.folds > 1 and policy.fits >= policy.folds
    validated = int((folds[0] >= 0).sum() if every_image else (folds[0] == 0).sum())
    return {
        "kind": policy.kind,
        "folds": policy.folds,
        "repeats": policy.repeats,
        "first_fits": policy.first_fits,
        "costly_fits": policy.costly_fits,
        "fits": policy.fits,
        "criterion": criterion_of(objective, many_images=has_many_images(split, policy)),
        "division": hashlib.sha256(folds.tobytes()).hexdigest()[:16],
        "sentence": resolution(policy.kind, validated, named=policy.words),
    }


def image_table(dataset: Dataset, split: Split, folds: np.ndarray) -> ImageTable:
    """Return the images of a data set with their splits and folds.

    Args:
        dataset: the images, in the order of their indices.
        split: their division.
        folds: int16 (repeats, images), as `assign_folds` gave it.
    """
    names = {int(i): name for name, indices in _parts_of(split) for i in indices}
    return ImageTable(
        root=dataset.root,
        names=tuple(dataset.relative(image.path) for image in dataset.images),
        labels=np.array([image.label for image in dataset.images], np.int64),
        splits=tuple(names[i] for i in range(len(dataset.images))),
        digests=tuple(image.digest for image in dataset.images),
        folds=folds.astype(np.int16),
    )


def _describe(dataset: Dataset, split: Split) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "root": str(dataset.root),
        "digest": dataset.digest,
        "classes": list(dataset.classes),
        "counts": {name: _per_class(dataset, indices) for name, indices in _parts_of(split)},
        "unreadable": [[dataset.relative(u.path), u.why] for u in dataset.unreadable],
        "notes": list(dataset.notes),
        "stated_splits": sorted({p.split for p in dataset.images if p.split}),
        "test_copies": _test_copies(dataset, split),
        "gray_scale": dataset.gray.as_dict(),
    }


def _test_copies(dataset: Dataset, split: Split) -> int:
    """Return how many test images show the same as one that is trained on or chosen by."""
    same = duplicate_groups(dataset)
    seen = set(same[np.concatenate([split.train, split.validation])].tolist())
    return sum(int(group) in seen for group in same[split.test])


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _per_class(dataset: Dataset, indices: np.ndarray) -> list[int]:
    return np.bincount(dataset.labels[indices], minlength=len(dataset.classes)).tolist()


def _parts_of(split: Split) -> list[tuple[str, np.ndarray]]:
    """Return the names of the parts with their indices."""
    return [("train", split.train), ("validation", split.validation), ("test", split.test)]
