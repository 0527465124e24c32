"""The finished fits of one trial, with their epochs and predictions, in the trial's folder.

A fit counts once the list of fits names it. The list is written last, so a trial that was killed keeps its finished
fits.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...atomic_write import write_beside
from ...errors import StudyError
from ...json_fields import from_json
from ...json_values import encode
from ..paths import TrialPaths
from ..trial import Fit
from .histories import read_history, write_history
from .predictions import read_predictions, write_predictions


@dataclass(frozen=True)
class _List:
    """What the list of fits holds: what they were made for, and the fits."""

    key: str
    epochs: int
    fits: tuple[Fit, ...]


class FitFiles:
    """The files of one trial's fits.

    Files that were written for another `key` (of recipe, seed and images) or another number of epochs, or that are
    damaged, count as missing.
    """

    def __init__(self, paths: TrialPaths, key: str, epochs: int):
        self.paths, self._key, self._epochs = paths, key, epochs
        self.fits: list[Fit] = []
        self._history: list[dict[str, Any]] = []
        self._predictions: dict[str, np.ndarray] = {}
        self._read()

    def fit_of(self, repeat: int, fold: int) -> Fit | None:
        """Return the finished fit of a slot, None if there is none."""
        return next((f for f in self.fits if (f.repeat, f.fold) == (repeat, fold)), None)

    def add(
        self,
        fit: Fit,
        history: list[dict[str, Any]],
        indices: np.ndarray,
        labels: np.ndarray,
        probabilities: np.ndarray,
    ) -> None:
        """Take a finished fit with its epochs and its validation predictions; `save` writes them.

        Args:
            fit: the fit.
            history: a row per epoch, with the values of HISTORY_COLUMNS.
            indices: int64 (N,), the images' indices in the study.
            labels: int64 (N,).
            probabilities: float32 (N, C).
        """
        self._history += [{"repeat": fit.repeat, "fold": fit.fold, **row} for row in history]
        new = {
            "indices": indices,
            "labels": labels,
            "probabilities": probabilities.astype(np.float32),
            "repeats": np.full(len(indices), fit.repeat, np.int16),
            "folds": np.full(len(indices), fit.fold, np.int16),
        }
        old = self._predictions
        self._predictions = {k: np.concatenate([old[k], new[k]]) if old else new[k] for k in new}
        self.fits.append(fit)

    def save(self) -> None:
        """Write the files, the one that counts last."""
        write_history(self.paths.history, self._history)
        write_predictions(self.paths.predictions, self._predictions)
        record = _List(self._key, self._epochs, tuple(self.fits))
        write_beside(self.paths.fits, encode(asdict(record)))

    @property
    def predictions(self) -> dict[str, np.ndarray]:
        """The arrays of all fits' validation predictions, as `write_predictions` takes them."""
        return self._predictions

    def pooled(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return labels (N,), probabilities (N, C) and repeats (N,) of all fits' validation predictions."""
        found = self._predictions
        return found["labels"], found["probabilities"], found["repeats"]

    def _read(self) -> None:
        try:
            record = from_json(_List, json.loads(self.paths.fits.read_bytes()))
            if (record.key, record.epochs) != (self._key, self._epochs) or not record.fits:
                return
            arrays = read_predictions(self.paths.predictions)
        except (OSError, ValueError, StudyError):
            return
        epochs = {(fit.repeat, fit.fold): fit.epochs for fit in record.fits}
        rows = [r for r in read_history(self.paths.history) if (r["repeat"], r["fold"]) in epochs]
        pairs = list(zip(arrays["repeats"].tolist(), arrays["folds"].tolist(), strict=True))
        kept = np.array([pair in epochs for pair in pairs], bool)
        if len(rows) != sum(epochs.values()) or not set(epochs) <= set(pairs):
            return
        self.fits = list(record.fits)
        self._history = rows
        self._predictions = {name: array[kept] for name, array in arrays.items()}
