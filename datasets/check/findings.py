"""The findings of a data check: one sentence each, with its images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..class_names import alike, told_apart
from ..dataset import SPLITS, Dataset
from ..errors import DataError, counted, some
from ..gray import GrayRange, GrayScale
from ..splits.groups import duplicate_groups, groups_of
from ..splits.split import split_dataset
from ..statistics.survey import TINY, Survey
from .sides import sides_matter

PROBLEM, NOTICE = "problem", "notice"
SIDES = "sides"
UNBALANCED = 3
"""Classes are called unbalanced when the largest has this many times the images of the smallest."""
FEW_LEVELS = 32
"""An image with fewer of the 256 gray values is mentioned."""
_UNLIKELY = 1e-3
"""How improbable different class ratios of the splits must be by chance to be mentioned."""
_ADVICE = {
    "leak": " `tune data check --manifest FILE.csv` writes a manifest in which duplicates share a split.",
}
_UNUSUAL = {
    "blank": "of a single colour",
    "misnamed": "with a file ending that does not match the content; the content is used",
    "tiny": f"with a side below {TINY} pixels; the network input is an enlarged, blurred copy",
    "rotated": "with an EXIF rotation; the rotation is applied",
    "animated": "of several frames; the first is used",
    "cmyk": "in CMYK; converted to RGB without a colour profile",
    "deep_colour": "with more than 8 bits per channel of colour; the upper 8 are used",
    "transparent": "with transparency; placed on white",
    "unended": "without the end marker of a JPEG file; nothing else is missing, and they are used",
}


@dataclass(frozen=True)
class Finding:
    """One thing to know or to act on.

    ``kind`` is a fixed name, ``severity`` is ``problem`` or ``notice``, ``sentence`` says it, and ``images`` are what
    it is about: groups of paths that belong together, or single ones. ``stops`` says that no search starts with it,
    unless the kind is ignored.
    """

    kind: str
    severity: str
    sentence: str
    images: tuple[tuple[str, ...], ...] = ()
    stops: bool = False


@dataclass(frozen=True)
class Same:
    """Images that show the same; ``exact`` where their files are equal byte for byte."""

    paths: tuple[str, ...]
    classes: tuple[str, ...]
    splits: tuple[str, ...]
    exact: bool

    @property
    def text(self) -> str:
        """The paths, joined by what relates them."""
        return (" = " if self.exact else " ≈ ").join(self.paths)


def same_images(dataset: Dataset, unstated: str) -> tuple[Same, ...]:
    """Return all groups of duplicates, exact and near; groups that only the source states are left out."""
    groups = defaultdict(list)
    for i, group in enumerate(duplicate_groups(dataset).tolist()):
        groups[group].append(dataset.images[i])
    return tuple(
        Same(
            tuple(dataset.relative(image.path) for image in same),
            tuple(sorted({dataset.classes[image.label] for image in same})),
            tuple(sorted({image.split or unstated for image in same})),
            len({image.digest for image in same}) == 1,
        )
        for same in groups.values()
        if len(same) > 1
    )


def about_division(dataset: Dataset) -> Iterable[Finding]:
    """Yield why the images cannot be divided into train, validation and test."""
    try:
        split_dataset(dataset, seed=0)
    except DataError as error:
        yield Finding("undividable", PROBLEM, f"Cannot be divided: {error}.")


def about_folds(dataset: Dataset, folds: int | None) -> Iterable[Finding]:
    """Yield the classes with fewer groups of training images than folds."""
    if folds is None:
        return
    groups = groups_of(dataset)
    training = np.array([image.split != "test" for image in dataset.images])
    per_class = {
        name: len(np.unique(groups[training & (dataset.labels == label)]))
        for label, name in enumerate(dataset.classes)
    }
    small = [f"{name!r} ({count})" for name, count in per_class.items() if count < folds]
    if small:
        yield Finding(
            "small",
            PROBLEM,
            f"Too few different images for {folds} folds in {some(small)}; "
            "add some, or ask for fewer folds.",
        )


def about_names(dataset: Dataset) -> Iterable[Finding]:
    """Yield classes whose names are hard to tell apart."""
    groups = alike(dataset.classes)
    if groups:
        shown = [" and ".join(told_apart(name, group) for name in group) for group in groups]
        yield Finding(
            "alike",
            PROBLEM,
            f"Class names that differ only in case, blanks or Unicode form: {some(shown)}; "
            "if they mean one class, give it one name.",
        )


def about_unreadable(dataset: Dataset) -> Iterable[Finding]:
    """Yield the files that cannot be read, with the reasons."""
    if dataset.unreadable:
        paths = [dataset.relative(one.path) for one in dataset.unreadable]
        reasons = [
            f"{path} ({one.why})" for path, one in zip(paths, dataset.unreadable, strict=True)
        ]
        yield Finding(
            "unreadable",
            PROBLEM,
            f"Unreadable and left out: {counted(len(reasons), 'image')}: {some(reasons)}.",
            tuple((path,) for path in paths),
        )


def about_same(same: tuple[Same, ...]) -> Iterable[Finding]:
    """Yield duplicates: in several classes, in several splits, or within one class and split."""
    conflicts = [one for one in same if len(one.classes) > 1]
    leaks = [one for one in same if len(one.splits) > 1]
    repeated = [one for one in same if one not in conflicts and one not in leaks]
    for kind, severity, found, what in (
        ("conflict", PROBLEM, conflicts, "in more than one class, so that one label is wrong"),
        ("leak", PROBLEM, leaks, "in more than one split, which makes scores too good"),
        ("repeated", NOTICE, repeated, "more than once in one class and split"),
    ):  # fmt: skip
        if found:
            exact = sum(one.exact for one in found)
            yield Finding(
                kind,
                severity,
                f"{counted(len(found), 'image')} {what} ({_exactly(exact, len(found) - exact)}): "
                f"{some([one.text for one in found])}.{_ADVICE.get(kind, '')}",
                tuple(one.paths for one in found),
            )


def _exactly(exact: int, near: int) -> str:
    parts = ["exact copies" if exact else "", "near duplicates" if near else ""]
    if exact and near:
        parts = [f"{exact} as exact copies", f"{near} as near duplicates"]
    return ", ".join(part for part in parts if part)


def about_balance(counts: dict[str, dict[str, int]]) -> Iterable[Finding]:
    """Yield that a class is much larger than another."""
    totals = {name: sum(by_split.values()) for name, by_split in counts.items()}
    least, most = min(totals, key=totals.__getitem__), max(totals, key=totals.__getitem__)
    if totals[most] >= UNBALANCED * totals[least]:
        yield Finding(
            "unbalanced",
            NOTICE,
            f"Classes are unbalanced: {most!r} has {totals[most]:,} images, "
            f"{least!r} has {totals[least]:,}; consider --objective balanced_accuracy.",
        )


def about_ratios(counts: dict[str, dict[str, int]]) -> Iterable[Finding]:
    """Yield that the stated splits differ in their class ratios more than by chance."""
    from scipy.stats import chi2_contingency  # half a second, which every command would pay

    stated = [split for split in SPLITS if any(count[split] for count in counts.values())]
    if len(stated) < 2 or len(counts) < 2:
        return
    table = np.array([[count[split] for split in stated] for count in counts.values()])
    if chi2_contingency(table).pvalue < _UNLIKELY:
        shares = table / table.sum(axis=0)
        worst = int(np.ptp(shares, axis=1).argmax())
        shown = ", ".join(
            f"{share:.0%} of the {s} images" for s, share in zip(stated, shares[worst], strict=True)
        )
        yield Finding(
            "ratios",
            NOTICE,
            f"The splits differ in their class ratios: {list(counts)[worst]!r} is {shown}.",
        )


def about_sides(dataset: Dataset, found: Survey) -> Iterable[Finding]:
    """Yield that mirrored images look like images of other classes."""
    counts = sides_matter(dataset, found.thumbs)
    if counts:
        total, right, mirrored = counts
        yield Finding(
            SIDES,
            NOTICE,
            f"Left and right seem to matter: the most similar other image has the same class for {right:,} of "
            f"{total:,} images, and for {mirrored:,} of their mirror images. `tune search` predicts from the images "
            "alone then; --set predict_views=mirror adds mirror images.",
        )


def about_gray(
    dataset: Dataset, gray: list[GrayRange | None], scale: GrayScale
) -> Iterable[Finding]:
    """Yield the images of more than 8 bits of gray, with what becomes black and white."""
    deep = [
        (dataset.relative(image.path), one)
        for image, one in zip(dataset.images, gray, strict=True)
        if one
    ]
    if not deep:
        return
    paths = [path for path, _ in deep]
    few = [path for path, one in deep if one.low < one.high and scale.levels(one) < FEW_LEVELS]
    sentence = (
        f"{counted(len(deep), 'image')} of more than 8 bits of gray; {scale.words}: {some(paths)}."
    )
    if few:
        sentence += (
            f" This leaves fewer than {FEW_LEVELS} gray values to {counted(len(few), 'image')}: {some(few)}; "
            "if they are from another device, bring them to 8 bits yourself."
        )
    yield Finding("deep", NOTICE, sentence, tuple((path,) for path in paths))


def about_unusual(dataset: Dataset, found: Survey) -> Iterable[Finding]:
    """Yield images of unusual kinds, and how they are used."""
    for kind, what in _UNUSUAL.items():
        paths = [dataset.relative(dataset.images[i].path) for i in found.unusual[kind]]
        if paths:
            more = _empty_frames(found) if kind == "blank" else ""
            yield Finding(
                kind,
                NOTICE,
                f"{counted(len(paths), 'image')} {what}: {some(paths)}.{more}",
                tuple((path,) for path in paths),
            )


def _empty_frames(found: Survey) -> str:
    """Return a sentence about images of several frames whose first is empty."""
    number = len({*found.unusual["blank"]} & {*found.unusual["animated"]})
    if not number:
        return ""
    return f" {number} of them have several frames, of which the first is used; save the frame that is meant."
