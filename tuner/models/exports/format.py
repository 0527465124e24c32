"""What every export format offers, in a module of its own that has these names."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from ...errors import SearchError
from .source import Source

Predictor = Callable[[np.ndarray], np.ndarray]
"""Maps float32 pixels 0..255 (n, size, size, 3) to float32 class probabilities (n, C), for any n."""


class Format(Protocol):
    """A format: how a model is written, read and run.

    Attributes:
        NAME: What people call it.
        CONVERTERS: The modules that write a model and are no dependencies of this project.
        RUNTIME: The module that runs a model.
        QUANTIZATIONS: The ways to make a smaller file.
        REQUIREMENTS: The packages that the example needs.
        EXAMPLE: Lines of Python that read `FILE`: they set `labels` and define `probabilities(pixels)`.
    """

    NAME: str
    CONVERTERS: tuple[str, ...]
    RUNTIME: str
    QUANTIZATIONS: tuple[str, ...]
    REQUIREMENTS: tuple[str, ...]
    EXAMPLE: str

    def convert(self, source: Source, out: Path, quantize: str | None) -> None:
        """Write a model, its labels inside, as the file or folder `out`; `quantize` is one of QUANTIZATIONS or None."""

    def read_labels(self, model: Path) -> bytes | str | None:
        """Return the text of a model's labels, None if it has none."""

    def load(self, model: Path) -> Predictor:
        """Return what runs a model.

        Raises:
            SearchError: Its runtime is not installed, or it is no such model.
        """


def not_installed(module: str) -> SearchError:
    """Return the error for a module that exports need and that is not installed."""
    name = module.replace("_", "-")
    return SearchError(f'{name} is not installed (pip install "transfertune[export]").')
