"""What a method of `peers.py` is given, and the file in which it keeps its best predictions so far."""

import json
import os
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

TASK, BEST = "task.json", "best.npz"


@dataclass(frozen=True)
class PeerTask:
    """The images of one run, N in all, and its limits.

    Attributes:
        folder: an empty folder of this run alone.
        manifest: the images as a manifest with the columns path, label and split.
        paths: the images, N.
        labels: their classes as positions, N.
        folds: where each image validates, N: 0 to 4, and -1 for a test image.
        classes: how many classes there are.
        space: the search space of this project.
        backbones: names of the table of backbones.
        weights: where the backbones' weights come from.
        seed: of everything random.
        started: when the run started, in seconds since 1970.
        seconds: how long it may take.
    """

    folder: str
    manifest: str
    paths: tuple[str, ...]
    labels: tuple[int, ...]
    folds: tuple[int, ...]
    classes: int
    space: str
    backbones: tuple[str, ...]
    weights: str
    seed: int
    started: float
    seconds: float

    @classmethod
    def read(cls, folder: Path) -> "PeerTask":
        """Return the task that `write` left in a folder."""
        return cls(**json.loads((folder / TASK).read_text()))

    def write(self) -> None:
        """Write the task into its folder."""
        Path(self.folder, TASK).write_text(json.dumps(asdict(self)))

    @cached_property
    def targets(self) -> np.ndarray:
        """The labels, int64 (N,)."""
        return np.array(self.labels)

    @cached_property
    def development(self) -> np.ndarray:
        """The indices of all images but the test images."""
        return np.flatnonzero(np.array(self.folds) >= 0)

    @cached_property
    def train(self) -> np.ndarray:
        """The development images but a fifth."""
        return np.flatnonzero(np.array(self.folds) > 0)

    @cached_property
    def validation(self) -> np.ndarray:
        """The fifth that validates where a method divides once."""
        return np.flatnonzero(np.array(self.folds) == 0)

    @cached_property
    def test(self) -> np.ndarray:
        """The indices of the test images."""
        return np.flatnonzero(np.array(self.folds) < 0)

    def seconds_left(self) -> float:
        """Return the seconds until the run is stopped."""
        return self.started + self.seconds - time.time()

    def save(self, probabilities: np.ndarray, claim: float) -> None:
        """Keep predictions as the best so far, whole at every instant.

        Args:
            probabilities: of the test images, (n, classes).
            claim: the accuracy that the method itself estimates.
        """
        beside = Path(self.folder, "beside.npz")
        np.savez(beside, probabilities=np.asarray(probabilities), claim=claim)
        os.replace(beside, Path(self.folder, BEST))  # noqa: PTH105

    def saved(self) -> tuple[np.ndarray, float] | None:
        """Return the best predictions and their claim, None when there are none."""
        file = Path(self.folder, BEST)
        if not file.exists():
            return None
        with np.load(file) as stored:
            return stored["probabilities"], float(stored["claim"])
