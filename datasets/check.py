"""What to know about a data set before trusting a classifier made from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from .dataset import SPLITS, Dataset, Picture, Progress
from .decode import open_header
from .errors import DataError, counted, some
from .in_order import in_order
from .split import split_dataset

NOT_STATED = "not stated"
TINY = 32
"""Pictures with a side below this many pixels are mentioned."""
UNBALANCED = 3
"""Classes are called unbalanced when the largest has this many times the pictures of the smallest."""


@dataclass(frozen=True)
class Copies:
    """Files with exactly the same content, with the classes and splits they are in."""

    paths: tuple[str, ...]
    classes: tuple[str, ...]
    splits: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """The facts of a data set; ``findings`` are those to act on, each in one sentence.

    ``counts`` maps each class to the pictures in train, validation, test and ``not stated``.
    ``sizes`` maps (width, height) in pixels to pictures, the most frequent first; ``modes`` maps
    Pillow's name of the kind of pixels (RGB, L, CMYK, ...) to pictures.
    """

    name: str
    root: str
    pictures: int
    counts: dict[str, dict[str, int]]
    sizes: dict[tuple[int, int], int]
    smallest: tuple[int, int]
    largest: tuple[int, int]
    modes: dict[str, int]
    unreadable: tuple[tuple[str, str], ...]
    copies: tuple[Copies, ...]
    notes: tuple[str, ...]
    findings: tuple[str, ...]

    def as_dict(self) -> dict:
        """Return the check as JSON values; sizes become a list of {width, height, pictures}."""
        values = asdict(self)
        values["sizes"] = [
            {"width": width, "height": height, "pictures": count}
            for (width, height), count in self.sizes.items()
        ]
        return values


def check_dataset(dataset: Dataset, *, progress: Progress | None = None) -> Check:
    """Look at every picture's header and compare contents.

    Raises:
        DataError: a picture has gone since the data set was read.
    """
    headers = _headers(dataset, progress)
    sizes = Counter(size for size, _ in headers)
    by_area = sorted(sizes, key=lambda size: (size[0] * size[1], size))
    counts = _counts(dataset)
    copies = _copies(dataset)
    unreadable = tuple((dataset.relative(one.path), one.why) for one in dataset.unreadable)
    findings = [
        *_about_division(dataset),
        *_about_unreadable(unreadable),
        *_about_copies(copies),
        *_about_balance(counts),
        *_about_tiny(dataset, [size for size, _ in headers]),
    ]
    return Check(
        name=dataset.name,
        root=str(dataset.root),
        pictures=len(dataset.pictures),
        counts=counts,
        sizes=dict(sizes.most_common()),
        smallest=by_area[0],
        largest=by_area[-1],
        modes=dict(Counter(mode for _, mode in headers).most_common()),
        unreadable=unreadable,
        copies=copies,
        notes=dataset.notes,
        findings=tuple(findings),
    )


def _headers(dataset: Dataset, progress: Progress | None) -> list[tuple[tuple[int, int], str]]:
    headers = []
    paths = (picture.path for picture in dataset.pictures)
    for header in in_order(_header, paths):
        headers.append(header)
        if progress:
            progress("checking pictures", len(headers), len(dataset.pictures))
    return headers


def _header(path: Path) -> tuple[tuple[int, int], str]:
    try:
        with path.open("rb") as file:
            picture = open_header(file)
            return picture.size, picture.mode
    except OSError as error:
        raise DataError(f"{path}: no longer readable ({error}); read the data again") from error


def _counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    counts = {name: dict.fromkeys((*SPLITS, NOT_STATED), 0) for name in dataset.classes}
    for picture in dataset.pictures:
        counts[dataset.classes[picture.label]][picture.split or NOT_STATED] += 1
    return counts


def _copies(dataset: Dataset) -> tuple[Copies, ...]:
    by_digest: dict[str, list[Picture]] = defaultdict(list)
    for picture in dataset.pictures:
        by_digest[picture.digest].append(picture)
    return tuple(
        Copies(
            tuple(dataset.relative(picture.path) for picture in same),
            tuple(sorted({dataset.classes[picture.label] for picture in same})),
            tuple(sorted({picture.split or NOT_STATED for picture in same})),
        )
        for same in by_digest.values()
        if len(same) > 1
    )


def _about_division(dataset: Dataset) -> list[str]:
    try:
        split_dataset(dataset, seed=0)
    except DataError as error:
        return [f"Cannot be divided: {error}."]
    return []


def _about_unreadable(unreadable: tuple[tuple[str, str], ...]) -> list[str]:
    if not unreadable:
        return []
    examples = some([f"{path} ({why})" for path, why in unreadable])
    return [f"Unreadable and left out: {counted(len(unreadable), 'picture')}: {examples}."]


def _about_copies(copies: tuple[Copies, ...]) -> list[str]:
    conflicts = [one for one in copies if len(one.classes) > 1]
    leaks = [one for one in copies if len(one.splits) > 1]
    plain = [one for one in copies if one not in conflicts and one not in leaks]
    kinds = (
        (conflicts, "in more than one class, so that one label is wrong"),
        (leaks, "in more than one split, which makes scores look better than they are"),
        (plain, "more than once in one class and split"),
    )
    return [
        f"The same {counted(len(found), 'picture')} {what}: "
        f"{some([' = '.join(one.paths) for one in found])}."
        for found, what in kinds
        if found
    ]


def _about_balance(counts: dict[str, dict[str, int]]) -> list[str]:
    totals = {name: sum(by_split.values()) for name, by_split in counts.items()}
    least, most = min(totals, key=totals.__getitem__), max(totals, key=totals.__getitem__)
    if totals[most] < UNBALANCED * totals[least]:
        return []
    return [
        f"Classes are unbalanced: {most!r} has {totals[most]:,} pictures, "
        f"{least!r} {totals[least]:,}; look at balanced accuracy."
    ]


def _about_tiny(dataset: Dataset, sizes: list[tuple[int, int]]) -> list[str]:
    tiny = [
        dataset.relative(picture.path)
        for picture, size in zip(dataset.pictures, sizes, strict=True)
        if min(size) < TINY
    ]
    if not tiny:
        return []
    return [f"A side below {TINY} pixels: {counted(len(tiny), 'picture')}: {some(tiny)}."]
