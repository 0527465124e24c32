"""Reads stored predictions: plain arrays, never pickles."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ..errors import StudyError

ARRAYS = ("indices", "labels", "probabilities")
SLOTS = ("repeats", "folds")


def read_predictions(path: Path) -> dict[str, np.ndarray]:
    """Give back indices (N,), labels (N,), probabilities (N, C), repeats (N,) and folds (N,) of a `predictions.npz`.

    Repeats and folds are 0 where the file does not name them.

    Raises StudyError when the file is missing or damaged, or its shapes do not fit.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in ARRAYS}
            slots = {name: stored[name] for name in SLOTS if name in stored}
    except FileNotFoundError:
        raise StudyError(
            f"{path} is not there: the trial failed, or its folder was not copied"
        ) from None
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise StudyError(
            f"{path} is damaged ({error}): restore it, or run the trial again"
        ) from error
    _check(path, arrays)
    for name in SLOTS:
        arrays[name] = slots.get(name, np.zeros(len(arrays["indices"]), np.int16))
        if arrays[name].shape != arrays["indices"].shape:
            raise StudyError(
                f"{path} is damaged: its {name} have the shape {arrays[name].shape}, not (N,): "
                "restore it, or run the trial again"
            )
    return arrays


def _check(path: Path, arrays: dict[str, np.ndarray]) -> None:
    shapes = [array.shape for array in arrays.values()]
    count = len(arrays["indices"]) if arrays["indices"].ndim == 1 else -1
    if shapes[:2] != [(count,), (count,)] or len(shapes[2]) != 2 or shapes[2][0] != count:
        raise StudyError(
            f"{path} is damaged: its arrays have the shapes {shapes}, not (N,), (N,), (N, C)"
        )
    labels = arrays["labels"]
    if labels.dtype.kind not in "iu" or (
        count and not 0 <= labels.min() <= labels.max() < shapes[2][1]
    ):
        raise StudyError(
            f"{path} is damaged: its labels are not integers from 0 to {shapes[2][1] - 1}"
        )
