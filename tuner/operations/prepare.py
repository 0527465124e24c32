"""The images of a search, divided and described, before anything is written."""

from dataclasses import dataclass, replace

import numpy as np

from ...datasets import (
    Check,
    DataError,
    Dataset,
    Policy,
    Split,
    assign_folds,
    check_dataset,
    choose_policy,
    first_slot,
    gray_scale,
    identify,
    load_dataset,
    sides_matter_among,
    split_dataset,
)
from ...reports import OBJECTIVES, BegunSearch, Header, ImageTable
from ...search_spaces import Choice
from ..backbones.weights import absolute_weights
from ..events import DataChecked, DataRead, OnEvent, PreparationStarted, Progress
from ..seeds import derive_seed
from .header import image_table, make_header
from .options import SearchOptions, check_objective


@dataclass(frozen=True)
class Prepared:
    """A data set with its division: `folds` int16 (repeats, images), and the study's table of `images`."""

    dataset: Dataset
    check: Check
    split: Split
    policy: Policy
    folds: np.ndarray
    images: ImageTable


def announce_preparation(options: SearchOptions, on_event: OnEvent) -> None:
    """Tell that the images will be read, unless there is nothing of that name.

    Raises:
        DataError: There is no such folder, file or named set.
    """
    # The options refuse a search without data when they are made.
    assert options.data.source is not None  # noqa: S101
    identify(options.data.source)
    on_event(PreparationStarted(options.space.name, str(options.data.source)))


def prepare(options: SearchOptions, begun: BegunSearch | None, on_event: OnEvent) -> Prepared:
    """Read, check and divide the images.

    Args:
        options: what was asked for.
        begun: the search that goes on, if there is one.
        on_event: called with the progress.

    Raises:
        DataError, StudyError: the images, the folds or the objective do not fit, the data check stops the search, or
            the images are not those of the search that goes on; nothing is written.
    """
    data, seed, cache = options.data, options.seed, options.execution.cache

    def progress(what: str, done: int, total: int) -> None:
        on_event(Progress(what, done, total))

    assert data.source is not None  # noqa: S101
    dataset = load_dataset(
        data.source,
        cache=cache,
        seed=seed,
        per_class=data.per_class,
        min_per_class=data.min_per_class,
        progress=progress,
    )
    if begun is not None:
        begun.refuse_images(
            len(dataset.images), dataset.classes, data.per_class, data.min_per_class
        )
    check = check_dataset(dataset, cache=cache, folds=data.folds, progress=progress)
    if begun is None:
        _refuse_findings(check, data.ignore)
    dataset = replace(dataset, duplicates=check.duplicates)
    check_objective(options.objective, dataset.classes)
    split = split_dataset(dataset, seed=derive_seed(seed, "split"))
    policy = choose_policy(dataset, split, folds=data.folds, repeats=data.repeats)
    if options.comparison:  # every recipe is fitted as often as any
        policy = replace(policy, first_fits=policy.fits, costly_fits=policy.fits)
    folds = assign_folds(dataset, split, policy, seed=derive_seed(seed, "folds"))
    split = first_slot(split, policy, folds)
    development = np.concatenate([split.train, split.validation])
    dataset = replace(dataset, gray=gray_scale(check.gray[i] for i in development))
    return Prepared(dataset, check, split, policy, folds, image_table(dataset, split, folds))


def _refuse_findings(check: Check, ignored: tuple[str, ...]) -> None:
    """Raise `DataError` for findings with which no search starts; the first is their cause."""
    stops = [one for one in check.findings if one.stops and one.kind not in ignored]
    if stops:
        options = " ".join(f"--ignore {one.kind}" for one in stops)
        raise DataError(
            f"{check.place}: {stops[0].sentence} Correct this, or search all the same with {options}"
        )


def with_fitting_views(options: SearchOptions, prepared: Prepared) -> SearchOptions:
    """Return the options without mirror images where left and right matter, unless the user chose them.

    Only the development images decide.
    """
    without = options.space.domain("predict_views") == Choice("none")
    if without or options.comparison or options.views_are_set:
        return options
    development = np.sort(np.concatenate([prepared.split.train, prepared.split.validation]))
    cache = options.execution.cache
    if not sides_matter_among(prepared.dataset, development, cache=cache):
        return options
    return replace(options, space=options.space.narrow({"predict_views": ["none"]}))


def header_of(options: SearchOptions, prepared: Prepared, digests: dict[str, str]) -> Header:
    """Return the header of the study that the options define.

    Args:
        options: what was asked for.
        prepared: the images.
        digests: the digest of each backbone's weights, by its name.
    """
    stopping = options.stopping
    assert options.data.source is not None  # noqa: S101
    return make_header(
        options.space,
        prepared.dataset,
        prepared.split,
        prepared.policy,
        prepared.folds,
        weights={"source": absolute_weights(options.weights), "digests": digests},
        objective=OBJECTIVES[options.objective],
        strategy=options.strategy,
        limits={
            "trials": stopping.max_trials,
            "budget_s": stopping.budget,
            "epochs": stopping.epochs,
        },
        seed=options.seed,
        source=identify(options.data.source).address,
        per_class=options.data.per_class,
        min_per_class=options.data.min_per_class,
        command=options.command,
        comparison=options.comparison,
    )


def announce_data(header: Header, prepared: Prepared, on_event: OnEvent) -> None:
    """Tell what is worth knowing of the images."""
    data = header.data
    on_event(DataRead(data.unreadable, data.test_copies, data.notes))
    on_event(DataChecked(tuple(prepared.check.findings)))
