"""The retrained model that formats are written from."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ....datasets import decode_all
from ..labels import Labels


@dataclass(frozen=True)
class Source:
    """A `.keras` file with its labels.

    `calibration` are images that a quantised model is fitted to; intermediate files lie in `folder`.
    """

    model: Path
    labels: Labels
    calibration: tuple[Path, ...]
    folder: Path

    @cached_property
    def saved_model(self) -> Path:
        """The model as a SavedModel folder, which is written on first use.

        Its signature `serving_default` maps `pixels`, float32 (n, size, size, 3), to `output_0`, float32 (n, C).
        """
        from .keras_file import load_model  # which needs this module

        load_model(self.model).export(self.folder / "saved_model", verbose=False)
        return self.folder / "saved_model"

    def calibration_pixels(self) -> np.ndarray:
        """Return the calibration images, float32 (n, size, size, 3), 0..255."""
        labels = self.labels
        images = decode_all(self.calibration, labels.image_size, labels.resize, gray=labels.gray)
        return np.stack(list(images)).astype(np.float32)
