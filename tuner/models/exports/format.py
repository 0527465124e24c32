"""What every export format offers, from a module of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import SearchError
from .source import Source

Predictor = Callable[[np.ndarray], np.ndarray]
"""Maps float32 pixels 0..255 (n, size, size, 3) to float32 class probabilities (n, C), for any n."""


@dataclass(frozen=True)
class Format:
    """How a model is written, read and run.

    Attributes:
        name: What people call it.
        convert: Writes a source, its labels inside, as a file or folder; quantised in one of `quantizations`, or None.
        read_labels: Returns the text of a model's labels, None if it has none.
        load: Returns what runs a model. It raises `SearchError` when the runtime is not installed.
        runtime: The module that runs a model.
        requirements: The packages that the example needs.
        imports: What the example imports besides.
        example: Lines of Python that read `FILE`: they set `labels` and define `probabilities(pixels)`.
        converters: The modules that write a model, beside the dependencies of this project.
        quantizations: The ways to make a smaller file.
    """

    name: str
    convert: Callable[[Source, Path, str | None], None]
    read_labels: Callable[[Path], bytes | str | None]
    load: Callable[[Path], Predictor]
    runtime: str
    requirements: tuple[str, ...]
    imports: str
    example: str
    converters: tuple[str, ...] = ()
    quantizations: tuple[str, ...] = ()


def not_installed(module: str) -> SearchError:
    """Return the error for a module that exports need and that is not installed."""
    name = module.replace("_", "-")
    return SearchError(f'{name} is not installed (pip install "transfertune[export]").')
