"""Pairs of images that may be duplicates, found without comparing every image with every other.

Where there are many images, their descriptors are sorted into cells around centres (k-means, as an inverted file
does): each image lies in its nearest few cells, and each crop of an image is compared within one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..dataset import Progress
from ..ordered_map import ordered_map
from ..statistics.descriptors import crop_descriptors, image_descriptors

LEAST_PRODUCT = 0.65
"""Pairs of descriptors with a smaller product are left out."""
MOST_PER_IMAGE = 8
ALL_IN_ONE = 4000
"""Up to this many images, every image is compared with every other."""
_PER_CELL = 128
_NEAREST_CELLS = 8
_SAMPLE = 20_000
_ROUNDS = 8
_ROWS = 4096
_MOST_MATCHES = 32
_EQUAL = 0.999


@dataclass(frozen=True)
class Candidates:
    """Crop ``crop`` of image ``a`` resembles image ``b``; arrays of one length, the likeliest first."""

    a: np.ndarray
    b: np.ndarray
    crop: np.ndarray


def find_candidates(thumbs: np.ndarray, progress: Progress | None = None) -> Candidates:
    """Return for every image the few images that its crops resemble most.

    Args:
        thumbs: gray thumbnails, uint8 (N, THUMB, THUMB).
        progress: called with the images done.
    """
    wholes = image_descriptors(thumbs)
    cells = _Cells(wholes)
    batch = 32 if cells.one else 256

    def best(start: int) -> np.ndarray:
        crops = crop_descriptors(thumbs[start : start + batch])
        return _best(crops, wholes, cells, start)

    found = [np.empty((0, 4))]
    for done, rows in enumerate(ordered_map(best, range(0, len(thumbs), batch)), 1):
        found.append(rows)
        if progress:
            progress("looking for duplicates", min(done * batch, len(thumbs)), len(thumbs))
    rows = np.concatenate(found)
    rows = rows[np.argsort(-rows[:, 3], kind="stable")]
    a, b, crop = rows[:, :3].astype(np.int64).T
    return Candidates(a, b, crop)


class _Cells:
    """Which images lie near which centre."""

    def __init__(self, wholes: np.ndarray):
        self.one = len(wholes) <= ALL_IN_ONE
        if self.one:
            self.members = [np.arange(len(wholes))]
            return
        self.centres = _centres(wholes, len(wholes) // _PER_CELL)
        nearest = np.concatenate(
            [
                np.argpartition(-(part @ self.centres.T), _NEAREST_CELLS, axis=1)[
                    :, :_NEAREST_CELLS
                ]
                for part in np.array_split(wholes, len(wholes) // _ROWS + 1)
            ]
        )
        order = np.argsort(nearest.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(nearest.ravel(), minlength=len(self.centres)))
        self.members = np.split(order // _NEAREST_CELLS, ends[:-1])

    def nearest(self, rows: np.ndarray) -> np.ndarray:
        """Return the cell of each descriptor, int64 (rows,)."""
        if self.one:
            return np.zeros(len(rows), np.int64)
        parts = np.array_split(rows, len(rows) // _ROWS + 1)
        return np.concatenate([(part @ self.centres.T).argmax(axis=1) for part in parts])


def _centres(wholes: np.ndarray, count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    sample = wholes[rng.permutation(len(wholes))[:_SAMPLE]]
    centres = sample[:count].copy()
    for _ in range(_ROUNDS):
        nearest = (sample @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, sample)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 0, sums / np.maximum(norms, 1e-9), centres)
    return centres


def _best(crops: np.ndarray, wholes: np.ndarray, cells: _Cells, start: int) -> np.ndarray:
    """Return rows (a, b, crop, product) of a batch's images, the best few of each."""
    images, per_image, size = crops.shape
    rows = crops.reshape(-1, size)
    cell = cells.nearest(rows)
    order = np.argsort(cell, kind="stable")
    ends = np.searchsorted(cell[order], np.arange(len(cells.members) + 1))
    pairs = [np.empty((0, 3))]
    for number, members in enumerate(cells.members):
        inside = order[ends[number] : ends[number + 1]]
        described = wholes[members]
        for i in range(0, len(inside), _ROWS):
            part = inside[i : i + _ROWS]
            pairs.append(_above(rows[part], part // per_image + start, described, members))
    kept = _most_similar(np.concatenate(pairs), images, start)
    a, b = kept[:, 0].astype(np.int64), kept[:, 1].astype(np.int64)
    products = np.einsum("pvd,pd->pv", crops[a - start], wholes[b])
    return np.column_stack([a, b, products.argmax(axis=1), products.max(axis=1)])


def _above(
    rows: np.ndarray, owner: np.ndarray, described: np.ndarray, members: np.ndarray
) -> np.ndarray:
    """Return (a, b, product) where a crop resembles another image."""
    products, least = rows @ described.T, LEAST_PRODUCT
    matches = np.flatnonzero(products >= least)
    while len(matches) > _MOST_MATCHES * len(
        rows
    ):  # where nearly all images are alike, the likeliest are enough
        least += (1 - least) / 4
        matches = matches[products.ravel()[matches] >= least]
        if least > _EQUAL:
            matches = matches[: _MOST_MATCHES * len(rows)]
    i, j = np.divmod(matches, len(members))
    pairs = np.column_stack([owner[i], members[j], products.ravel()[matches]])
    return pairs[pairs[:, 0] != pairs[:, 1]]


def _most_similar(pairs: np.ndarray, images: int, start: int) -> np.ndarray:
    """Keep each pair once and each image's best pairs."""
    pairs = pairs[np.lexsort((-pairs[:, 2], pairs[:, 1], pairs[:, 0]))]
    again = (np.diff(pairs[:, :2], axis=0) == 0).all(axis=1)
    pairs = pairs[np.concatenate([[True], ~again])] if len(pairs) else pairs
    pairs = pairs[np.lexsort((-pairs[:, 2], pairs[:, 0]))]
    first = np.searchsorted(pairs[:, 0], np.arange(start, start + images))
    place = np.arange(len(pairs)) - first[pairs[:, 0].astype(np.int64) - start]
    return pairs[place < MOST_PER_IMAGE]
