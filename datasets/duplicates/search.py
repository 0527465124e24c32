"""Images that show the same: crops, recompressed, resized, turned or mirrored copies, whatever their names.

Three steps, each on what the one before leaves: crops whose descriptors agree (`candidates`), thumbnails that
agree when one is laid over the other (`alignment`), images whose fine structure agrees (`same_image`).
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..dataset import Dataset, Progress
from ..ordered_map import ordered_map
from ..splits.groups import Union
from ..statistics.descriptors import BOXES, THUMB, TURN_OF, TURNS, turned
from ..statistics.facts_store import FactsStore
from ..statistics.survey import survey
from .alignment import Alignment, align, maps_of_boxes
from .candidates import Candidates, find_candidates
from .same_image import same_image

LEAST_CORRELATION = 0.93
"""Of two thumbnails laid over each other, for the images to be compared closely."""
CLOSE_LOOKS = 2000
"""Pairs that are compared closely, or a fifth of the images if those are more; the likeliest first."""
SEARCHING = "searching %d images for duplicates"
"""What the logger of this module says whenever the pairs are really searched, not taken from the cache."""
_LOGGER = logging.getLogger(__name__)
_STEPS = 4
_CHUNK = 1024
_FLAT = 2.0
"""Thumbnails whose gray levels deviate less show nothing that could be compared."""


def find_duplicates(dataset: Dataset, *, cache: Path, progress: Progress | None = None) -> Dataset:
    """Return the data set with its near duplicates noted in ``duplicates``; exact copies need no note.

    The result depends on the images alone and is kept in the cache. `check_dataset` finds the same groups.

    Raises:
        DataError: an image has gone since the data set was read.
    """
    with FactsStore(cache) as store:
        thumbs = survey(dataset, store).thumbs
        return replace(dataset, duplicates=search_thumbnails(dataset, thumbs, store, progress))


def search_thumbnails(
    dataset: Dataset, thumbs: np.ndarray, store: FactsStore, progress: Progress | None = None
) -> tuple[tuple[int, ...], ...]:
    """Return groups of indices of two or more images that show the same but are not byte for byte equal.

    The result depends on the images alone and is kept in the store.

    Args:
        dataset: the images.
        thumbs: their gray thumbnails, uint8 (N, THUMB, THUMB).
        store: where the result is kept.
        progress: called as the search proceeds.
    """
    first: dict[str, int] = {}
    for i, image in enumerate(dataset.images):
        first.setdefault(image.digest, i)
    question = hashlib.sha256("".join(first).encode()).hexdigest()
    pairs = store.answer(question)
    if pairs is None:
        from threadpoolctl import threadpool_limits  # every command would pay for it

        with threadpool_limits(1):  # threads of threads would wait for one another
            pairs = _pairs(dataset, thumbs, np.array(list(first.values())), progress)
        store.keep(question, pairs)
    union = Union(len(first))
    for i, j in pairs:
        union.join(i, j)
    groups = defaultdict(list)
    for place, i in enumerate(first.values()):
        groups[union.find(place)].append(i)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _pairs(
    dataset: Dataset, thumbs: np.ndarray, first: np.ndarray, progress: Progress | None
) -> list[list[int]]:
    """Return enough pairs of places in ``first`` whose images show the same to join all that do."""
    places = np.array([n for n, i in enumerate(first) if thumbs[i].std() >= _FLAT], np.int64)
    _LOGGER.info(SEARCHING, len(first))
    compared = first[places]
    if len(compared) < 2:
        return []
    found = find_candidates(thumbs[compared], progress)
    agreeing, maps = _aligned(thumbs[compared], found, progress)
    union, pairs = Union(len(compared)), []
    looks = agreeing[: max(CLOSE_LOOKS, len(compared) // 5)]

    def apart(k: int) -> bool:
        return union.find(int(found.a[k])) != union.find(int(found.b[k]))

    def look_closely(candidate: tuple[int, bool]) -> bool:
        k, needed = candidate
        one, other = (dataset.images[compared[i[k]]].path for i in (found.a, found.b))
        return needed and same_image(one, other, int(TURN_OF[found.crop[k]]), maps[k])

    # Whether a look is needed may turn out only after it was begun; the pairs are those of one look after another.
    results = ordered_map(look_closely, ((k, apart(k)) for k in looks))
    for done, (k, same) in enumerate(zip(looks, results, strict=True), 1):
        if same and apart(k):
            a, b = int(found.a[k]), int(found.b[k])
            union.join(a, b)
            pairs.append([int(places[a]), int(places[b])])
        if progress:
            progress("comparing likely duplicates", done, len(looks))
    return pairs


def _aligned(
    thumbs: np.ndarray, found: Candidates, progress: Progress | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the candidates whose thumbnails agree, the best first, and the maps of all candidates, (N, 6)."""
    maps = maps_of_boxes(BOXES[found.crop])

    def align_chunk(start: int) -> Alignment:
        part = slice(start, start + _CHUNK)
        a = thumbs[found.a[part]].astype(np.float32)
        for turn in range(1, TURNS):
            which = TURN_OF[found.crop[part]] == turn
            a[which] = turned(a[which], turn)
        b = thumbs[found.b[part]].astype(np.float32)
        half = b.reshape(len(b), THUMB // 2, 2, THUMB // 2, 2).mean(axis=(2, 4))
        return align(a, half, maps[part], _STEPS)

    correlation, total = np.zeros(len(found.a), np.float32), len(found.a)
    starts = range(0, total, _CHUNK)
    for start, one in zip(starts, ordered_map(align_chunk, starts), strict=True):
        part = slice(start, start + _CHUNK)
        correlation[part], maps[part] = one.correlation, one.maps
        if progress:
            progress("aligning likely duplicates", min(start + _CHUNK, total), total)
    order = np.argsort(-correlation, kind="stable")
    return order[correlation[order] >= LEAST_CORRELATION], maps
