"""Whether left and right matter: whether mirrored images look like images of other classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..dataset import Dataset
from ..splits.groups import groups_of
from ..statistics.facts_store import FactsStore
from ..statistics.survey import survey

LEAST_DIFFERENCE = 0.1
"""How many more of all images must lose their class when they are mirrored than gain it."""
_UNLIKELY = 1e-4
_MOST_IMAGES = 2000


def sides_matter_among(dataset: Dataset, indices: np.ndarray, *, cache: Path) -> bool:
    """Say whether left and right matter among some images, int64 (n,); thumbnails come from the cache."""
    with FactsStore(cache) as store:
        thumbs = survey(dataset, store).thumbs
    return sides_matter(dataset, thumbs, indices) is not None


def sides_matter(
    dataset: Dataset, thumbs: np.ndarray, among: np.ndarray | None = None
) -> tuple[int, int, int] | None:
    """Compare what the nearest other image says of each image, and of its mirror image.

    Arrows to the left and to the right, many signs and all text lose their class in a mirror; most objects do not. The
    nearest image is the one with the highest correlation of the gray values. The test is that of McNemar (1947). Images
    of one group never count as neighbours of each other, and 2,000 images are enough.

    Args:
        dataset: the images.
        thumbs: their gray thumbnails, uint8 (N, side, side).
        among: the indices of the images to look at, int64 (n,); all when None.

    Returns:
        The number of compared images, of those whose neighbour has their class, and of those whose mirror image's
        neighbour has it; None where mirroring makes no clear difference.
    """
    chosen = np.arange(len(dataset.images)) if among is None else among
    if len(chosen) > _MOST_IMAGES:
        chosen = np.sort(np.random.default_rng(0).choice(chosen, _MOST_IMAGES, replace=False))
    labels, groups = dataset.labels[chosen], groups_of(dataset)[chosen]
    plain = _directions(thumbs[chosen])
    mirrored = _directions(thumbs[chosen, :, ::-1])
    right = _nearest(plain, plain, groups, labels) == labels
    mirrored_right = _nearest(mirrored, plain, groups, labels) == labels
    lost = int((right & ~mirrored_right).sum())
    gained = int((~right & mirrored_right).sum())
    if lost - gained < LEAST_DIFFERENCE * len(chosen):
        return None
    from scipy.stats import binomtest  # half a second, which every command would pay

    if binomtest(lost, lost + gained, alternative="greater").pvalue > _UNLIKELY:
        return None
    return len(chosen), int(right.sum()), int(mirrored_right.sum())


def _directions(thumbs: np.ndarray) -> np.ndarray:
    """Return gray values as vectors of mean 0 and length 1, float32 (n, pixels); 0 where all are equal."""
    rows = thumbs.reshape(len(thumbs), -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def _nearest(
    queries: np.ndarray, rows: np.ndarray, groups: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return the label of the row nearest to each query, among those of other groups, int64 (n,)."""
    likeness = queries @ rows.T
    likeness[groups[:, None] == groups[None, :]] = -np.inf
    return labels[likeness.argmax(axis=1)]
