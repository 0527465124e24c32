"""The images of a search, divided and described, before anything is written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import (
    Check,
    Dataset,
    Policy,
    Split,
    assign_folds,
    check_dataset,
    choose_policy,
    first_slot,
    load_dataset,
    split_dataset,
)
from ...reports import OBJECTIVES, Header, ImageTable
from ...search_spaces import Space
from ..backbones.weights import absolute_weights
from ..seeds import derive_seed
from .header import image_table, make_header
from .options import check_objective

OnEvent = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Prepared:
    """A data set with its division: `folds` int16 (repeats, images), and the study's table of `images`."""

    space: Space
    dataset: Dataset
    check: Check
    split: Split
    policy: Policy
    folds: np.ndarray
    images: ImageTable
    objective: str
    seed: int
    on_event: OnEvent

    def header(
        self,
        digests: dict[str, str],
        *,
        weights: str | Path,
        strategy: str,
        limits: dict[str, Any],
        command: str | None,
        comparison: bool,
    ) -> Header:
        """Return the study's header and tell what is worth knowing of the images."""
        header = make_header(
            self.space,
            self.dataset,
            self.split,
            self.policy,
            self.folds,
            weights={"source": absolute_weights(weights), "digests": digests},
            objective=OBJECTIVES[self.objective],
            strategy=strategy,
            limits=limits,
            seed=self.seed,
            command=command,
            comparison=comparison,
        )
        shown = ("unreadable", "test_copies", "notes")
        self.on_event("data", {name: getattr(header.data, name) for name in shown})
        self.on_event("check", {"findings": self.check.findings})
        return header


def prepare(
    space: Space,
    data: str | Path,
    *,
    objective: str,
    seed: int,
    per_class: int | None,
    folds: int | None,
    repeats: int | None,
    every_fit: bool,
    cache: Path,
    on_event: OnEvent,
) -> Prepared:
    """Read and divide the images.

    Raises:
        DataError, StudyError: the images, the folds or the objective do not fit; nothing is written.
    """
    progress = _as_progress(on_event)
    dataset = load_dataset(data, cache=cache, seed=seed, per_class=per_class, progress=progress)
    check = check_dataset(dataset, cache=cache, folds=folds, progress=progress)
    dataset = replace(dataset, duplicates=check.duplicates)
    check_objective(objective, dataset.classes)
    split = split_dataset(dataset, seed=derive_seed(seed, "split"))
    policy = choose_policy(dataset, split, folds=folds, repeats=repeats)
    policy = replace(policy, first_fits=policy.fits) if every_fit else policy
    assigned = assign_folds(dataset, split, policy, seed=derive_seed(seed, "folds"))
    split = first_slot(split, policy, assigned)
    images = image_table(dataset, split, assigned)
    return Prepared(
        space, dataset, check, split, policy, assigned, images, objective, seed, on_event
    )


def _as_progress(on_event: OnEvent) -> Callable[[str, int, int], None]:
    return lambda what, done, total: on_event(
        "progress", {"what": what, "done": done, "total": total}
    )
