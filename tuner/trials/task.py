"""What all jobs of a study share."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...datasets import OWN_RANGE, SPLITS, GrayScale
from ...reports import Header, ImageTable


@dataclass(frozen=True)
class Task:
    """What all jobs of a study share: the images, their labels, and where things lie.

    `pool` holds the sorted indices of these images among the study's images; `paths`, `digests` and
    `labels` have one entry for each. Jobs count images within the pool. `gray` is the scale of more
    than 8 bits of gray.
    """

    pool: np.ndarray
    paths: tuple[Path, ...]
    digests: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    weights: str
    cache: Path
    objective: str
    seed: int
    gray: GrayScale = OWN_RANGE

    def local(self, indices: np.ndarray) -> np.ndarray:
        """Turn indices of the study's images into indices in the pool."""
        return np.searchsorted(self.pool, indices)

    @classmethod
    def of(cls, header: Header, images: ImageTable, cache: Path) -> "Task":
        """Return what all jobs of a study share.

        Images of a test split that the data set itself states are left out; one that was carved out for this
        study is not, so that the features serve other seeds too. Nothing trains on it.
        """
        used = ("train", "validation") if "test" in header.data.stated_splits else SPLITS
        pool = images.indices(*used)
        return cls(
            pool=pool,
            paths=tuple(images.path(i) for i in pool),
            digests=tuple(images.digests[i] for i in pool),
            labels=images.labels[pool],
            classes=header.data.classes,
            weights=header.weights.source,
            cache=cache,
            objective=header.objective.name,
            seed=header.seed,
            gray=GrayScale.from_dict(header.data.gray_scale),
        )
