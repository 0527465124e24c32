"""What all jobs of a study share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Report = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Task:
    """What all jobs of a study share: the images, their labels, and where things lie.

    `pool` holds the sorted indices of these images in the study's `images.csv`; `paths`, `digests` and
    `labels` have one entry for each. Jobs count images within the pool.
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

    def local(self, indices: np.ndarray) -> np.ndarray:
        """Turn indices in `images.csv` into indices in the pool."""
        return np.searchsorted(self.pool, indices)
