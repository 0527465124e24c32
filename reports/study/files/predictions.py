"""Stored predictions: plain arrays, never pickles."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic_write import write_beside
from ...errors import StudyError

ARRAYS = ("indices", "labels", "probabilities", "repeats", "folds")
_MAYBE = ("distances",)


def write_predictions(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the predictions of N images.

    Args:
        path: the file.
        arrays: `indices` int64 (N,) of images, `labels` int64 (N,), `probabilities` float32 (N, C), and, where
            several fits are kept, `repeats` and `folds` int16 (N,); 0 when they are left out. `distances` float32 (N,)
            of the images from the training images are kept where they are given.
    """
    given: dict[str, Any] = {name: arrays[name] for name in _MAYBE if name in arrays}
    slots = np.zeros(len(arrays["indices"]), np.int16)
    file = io.BytesIO()
    np.savez(
        file,
        indices=arrays["indices"],
        labels=arrays["labels"],
        probabilities=arrays["probabilities"].astype(np.float32),
        repeats=arrays.get("repeats", slots),
        folds=arrays.get("folds", slots),
        **given,
    )
    write_beside(path, file.getvalue())


def read_predictions(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays that `write_predictions` wrote.

    Raises:
        StudyError: the file is missing or damaged, or the shapes of its arrays do not fit.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            given = [name for name in _MAYBE if name in stored.files]
            arrays = {name: stored[name] for name in (*ARRAYS, *given)}
    except FileNotFoundError:
        raise StudyError(
            f"{path} is not there: the trial failed, or its folder was not copied"
        ) from None
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise StudyError(
            f"{path} is damaged ({error}): restore it, or run the trial again"
        ) from error
    _check(path, arrays)
    return arrays


def _check(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    shapes = {name: array.shape for name, array in arrays.items()}
    wide = shapes.pop("probabilities")
    count = wide[0] if len(wide) == 2 else -1
    if any(shape != (count,) for shape in shapes.values()):
        raise StudyError(
            f"{path} is damaged: its arrays have the shapes {shapes} and {wide}, not (N,) and (N, C)"
        )
    labels = arrays["labels"]
    if labels.dtype.kind not in "iu" or (count and not 0 <= labels.min() <= labels.max() < wide[1]):
        raise StudyError(f"{path} is damaged: its labels are not integers from 0 to {wide[1] - 1}")
