"""What defines a search, as the first line of its log keeps it."""

import hashlib
import importlib.metadata
import platform
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

import numpy as np

from ...datasets import Dataset, Policy, Split, alike_groups
from ...reports import Objective, criterion_of, resolution
from ...search_spaces import Space

FORMAT = 1
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
    command: str | None,
    comparison: bool = False,
) -> dict[str, Any]:
    """Return everything that defines a search, as the log's first line keeps it."""
    return {
        "format": FORMAT,
        "space": space.as_dict(),
        "data": _describe(dataset, split),
        "split": {name: len(indices) for name, indices in parts_of(split)},
        "policy": describe_policy(policy, folds, objective.name),
        "weights": weights,
        "objective": {"name": objective.name, "direction": objective.direction},
        "strategy": strategy,
        "limits": limits,
        # Hyperband's ladder stays as it was begun when a later call asks for more trials.
        "ladder": limits["trials"],
        "seed": seed,
        "versions": _versions(),
        "command": command,
        "comparison": comparison,
        "created": now(),
    }


def describe_policy(policy: Policy, folds: np.ndarray, objective: str) -> dict[str, Any]:
    """Return how often recipes are fitted and what can be told apart by that, as the header keeps it."""
    validated = int((folds[0] >= 0).sum() if policy.fits >= policy.folds else (folds[0] == 0).sum())
    return {
        **asdict(policy),
        "criterion": criterion_of(objective, policy.kind),
        "division": hashlib.sha256(folds.tobytes()).hexdigest()[:16],
        "sentence": resolution(policy.kind, validated),
    }


def _describe(dataset: Dataset, split: Split) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "root": str(dataset.root),
        "digest": dataset.digest,
        "classes": list(dataset.classes),
        "counts": {name: _per_class(dataset, indices) for name, indices in parts_of(split)},
        "unreadable": [[dataset.relative(u.path), u.why] for u in dataset.unreadable],
        "notes": list(dataset.notes),
        "stated_splits": sorted({p.split for p in dataset.images if p.split}),
        "test_copies": _test_copies(dataset, split),
    }


def _test_copies(dataset: Dataset, split: Split) -> int:
    """Return how many test images show the same as one that is trained on or chosen by."""
    same = alike_groups(dataset)
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


def now() -> str:
    """Return the time in UTC as ISO 8601, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _per_class(dataset: Dataset, indices: np.ndarray) -> list[int]:
    return np.bincount(dataset.labels[indices], minlength=len(dataset.classes)).tolist()


def parts_of(split: Split) -> list[tuple[str, np.ndarray]]:
    """Return the names of the parts with their indices."""
    return [("train", split.train), ("validation", split.validation), ("test", split.test)]
