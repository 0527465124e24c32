"""What training needs to know of a study; `trials.task.Task` is one."""

from pathlib import Path
from typing import Protocol

import numpy as np

from ...datasets import GrayScale


class ImageTask(Protocol):
    """The images that jobs train on, and where weights and features are; n images of C classes."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The image files (n)."""

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests (n) of the images' content."""

    @property
    def gray(self) -> GrayScale:
        """The scale of images of more than 8 bits of gray."""

    @property
    def labels(self) -> np.ndarray:
        """The classes, int64 (n,)."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names (C) of the classes."""

    @property
    def weights(self) -> str:
        """The source of the backbones' weights: imagenet, none or a folder."""

    @property
    def cache(self) -> Path:
        """The folder of cached features."""

    @property
    def seed(self) -> int:
        """The study's seed."""
