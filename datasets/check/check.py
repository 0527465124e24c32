"""The data check: the facts of a data set and the findings to act on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

from ..dataset import SPLITS, Dataset, Progress
from ..duplicates.search import search_thumbnails
from ..gray import GrayRange, GrayScale, gray_scale
from ..statistics.facts_store import FactsStore
from ..statistics.survey import Channels, survey
from . import findings
from .findings import Finding, Same
from .severity import by_severity

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Check:
    """The facts of a data set, and the ``findings`` to act on, the most serious first.

    ``place`` is where a person finds the images, and ``root`` the folder that they are read from.
    ``counts`` maps each class to the images in train, validation, test and ``not stated``.
    ``sizes`` maps (width, height) in pixels to images, the most frequent first; ``modes`` maps
    Pillow's name of the kind of pixels (RGB, L, CMYK, ...) to images, ``formats`` kinds of files.
    ``same`` are the images that are there more than once; ``duplicates`` goes into `Dataset.duplicates`, so that nobody
    need look for them again. ``gray`` is each image's range of gray of more than 8 bits, and ``gray_scale`` the scale
    of all that are not stated to be test images.
    """

    name: str
    place: str
    root: str
    images: int
    counts: dict[str, dict[str, int]]
    sizes: dict[tuple[int, int], int]
    smallest: tuple[int, int]
    largest: tuple[int, int]
    modes: dict[str, int]
    formats: dict[str, int]
    channels: Channels
    unreadable: tuple[tuple[str, str], ...]
    same: tuple[Same, ...]
    duplicates: tuple[tuple[int, ...], ...]
    gray: tuple[GrayRange | None, ...]
    gray_scale: GrayScale
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def shares(self) -> dict[str, dict[str, float]]:
        """Each class's share of every split that has images, 0..1."""
        splits = (*SPLITS, NOT_STATED)
        totals = {split: sum(count[split] for count in self.counts.values()) for split in splits}
        return {
            name: {split: count[split] / totals[split] for split in splits if totals[split]}
            for name, count in self.counts.items()
        }

    def as_dict(self) -> dict:
        """Return the check as JSON values; sizes as a list of {width, height, images}, without what is by index."""
        values = asdict(self)
        del values["duplicates"]  # `same` has the paths
        del values["gray"]
        values["gray_scale"] = self.gray_scale.as_dict()
        values["sizes"] = [
            {"width": width, "height": height, "images": count}
            for (width, height), count in self.sizes.items()
        ]
        return {**values, "shares": self.shares}


def check_dataset(
    dataset: Dataset, *, cache: Path, folds: int | None = None, progress: Progress | None = None
) -> Check:
    """Measure every image once, and find the duplicates.

    Args:
        dataset: the images.
        cache: the folder that stores the results, so that a second check is fast.
        folds: the number of folds of the training images, if there are to be any.
        progress: called as the check proceeds.

    Raises:
        DataError: an image has gone since the data set was read.
    """
    with FactsStore(cache) as store:
        found = survey(dataset, store, progress)
        groups = search_thumbnails(dataset, found.thumbs, store, progress)
        dataset = replace(dataset, duplicates=groups)
    counts = _counts(dataset)
    same = findings.same_images(dataset, NOT_STATED)
    training = [
        gray for one, gray in zip(dataset.images, found.gray, strict=True) if one.split != "test"
    ]
    scale = gray_scale(training)
    all_findings = chain(
        findings.about_division(dataset),
        findings.about_folds(dataset, folds),
        findings.about_names(dataset),
        findings.about_unreadable(dataset),
        findings.about_same(same),
        findings.about_balance(counts),
        findings.about_ratios(counts),
        findings.about_sides(dataset, found),
        findings.about_gray(dataset, found.gray, scale),
        findings.about_unusual(dataset, found),
    )
    by_area = sorted(found.sizes, key=lambda size: (size[0] * size[1], size))
    return Check(
        name=dataset.name,
        place=dataset.place,
        root=str(dataset.root),
        images=len(dataset.images),
        counts=counts,
        sizes=dict(found.sizes.most_common()),
        smallest=by_area[0],
        largest=by_area[-1],
        modes=dict(found.modes.most_common()),
        formats=dict(found.formats.most_common()),
        channels=found.channels,
        unreadable=tuple((dataset.relative(one.path), one.why) for one in dataset.unreadable),
        same=same,
        duplicates=groups,
        gray=tuple(found.gray),
        gray_scale=scale,
        notes=dataset.notes,
        findings=by_severity(all_findings, dataset),
    )


def _counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    counts = {name: dict.fromkeys((*SPLITS, NOT_STATED), 0) for name in dataset.classes}
    for image in dataset.images:
        counts[dataset.classes[image.label]][image.split or NOT_STATED] += 1
    return counts
