"""One pass over all images of a data set: sizes, kinds, colours and thumbnails, in bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ..dataset import Dataset, ImageFile, Progress
from ..errors import DataError
from ..gray import GrayRange
from ..images.decode import why_unopened
from ..images.formats import READ
from ..ordered_map import ordered_map
from .descriptors import THUMB
from .facts_store import FactsStore
from .image_facts import Facts, look

TINY = 32
"""Images with a side below this many pixels are mentioned."""
_BLANK = 8  # what compression makes of one colour
_UNUSUAL = {
    "blank": lambda facts: max(np.subtract(facts.high, facts.low)) <= _BLANK,
    "animated": lambda facts: facts.frames > 1,
    "cmyk": lambda facts: facts.mode == "CMYK",
    "deep_colour": lambda facts: facts.bits > 8 and not facts.gray,
    "palette": lambda facts: facts.mode in ("P", "PA"),
    "rotated": lambda facts: facts.orientation != 1,
    "tiny": lambda facts: min(facts.width, facts.height) < TINY,
    "transparent": lambda facts: facts.transparent,
    "unended": lambda facts: facts.unended,
}


@dataclass(frozen=True)
class Channels:
    """Red, green and blue values over all images, 0..255; every image counts the same, whatever its size."""

    low: tuple[int, int, int]
    high: tuple[int, int, int]
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


@dataclass
class Survey:
    """The statistics of a data set.

    ``sizes`` counts (width, height) as stored, ``modes`` Pillow's names of the kinds of pixels, ``formats`` the kinds
    of files; ``unusual`` lists indices of images by the kind of what is unusual; ``thumbs`` are gray, uint8
    (N, THUMB, THUMB); ``gray`` are the ranges of gray of more than 8 bits, None for other images.
    """

    thumbs: np.ndarray
    sizes: Counter = field(default_factory=Counter)
    modes: Counter = field(default_factory=Counter)
    formats: Counter = field(default_factory=Counter)
    unusual: dict[str, list[int]] = field(default_factory=dict)
    gray: list[GrayRange | None] = field(default_factory=list)
    channels: Channels = Channels((0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0))


def survey(dataset: Dataset, store: FactsStore, progress: Progress | None = None) -> Survey:
    """Gather the facts of every image; images that the store does not know are measured.

    Raises:
        DataError: an image has gone, or been damaged, since the data set was read.
    """
    total = len(dataset.images)
    found = Survey(np.empty((total, THUMB, THUMB), np.uint8))
    found.unusual = {name: [] for name in (*_UNUSUAL, "misnamed")}
    low, high, sums = np.full(3, 255), np.zeros(3, np.int64), np.zeros((2, 3))
    for i, facts in enumerate(ordered_map(partial(_facts, store), dataset.images)):
        _count(found, i, facts, dataset.images[i].path)
        low, high = np.minimum(low, facts.low), np.maximum(high, facts.high)
        sums += (facts.mean, facts.square)
        if progress:
            progress("checking images", i + 1, total)
    mean, square = sums / total
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    found.channels = Channels(*(tuple(v.tolist()) for v in (low, high, mean, deviation)))
    return found


def _count(found: Survey, i: int, facts: Facts, path: Path) -> None:
    found.thumbs[i] = np.frombuffer(facts.thumb, np.uint8).reshape(THUMB, THUMB)
    found.sizes[facts.width, facts.height] += 1
    found.modes[facts.mode] += 1
    found.formats[facts.format] += 1
    found.gray.append(facts.gray)
    for name, has in _UNUSUAL.items():
        if has(facts):
            found.unusual[name].append(i)
    if path.suffix and path.suffix.lower() not in READ[facts.format]:
        found.unusual["misnamed"].append(i)


def _facts(store: FactsStore, image: ImageFile) -> Facts:
    known = store.get(image.digest)
    if known is not None:
        return known
    try:
        return look(image.path.read_bytes(), max_pixels=10**12)
    except OSError as error:
        raise DataError(
            f"{image.path}: no longer readable ({why_unopened(error)}); read the data again"
        ) from error
    except DataError as error:
        raise DataError(f"{image.path}: {error}; read the data again") from error
