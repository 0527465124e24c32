"""What a trial leaves in its folder: the predictions and epochs of its fits, and where a fit stands.

A fit counts once `fits.json` names it, which is written after everything else, so that a trial that was killed keeps
its finished fits.
"""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from ...reports import HISTORY_COLUMNS, StudyError, read_predictions, write_beside
from ..training.checkpoint import RunState

_COLUMNS = ("repeat", "fold", *HISTORY_COLUMNS)


class TrialFiles:
    """The folder of one trial.

    Files that were written for another `key` (of recipe, seed and images) or another number of epochs, or that are
    damaged, count as missing.
    """

    def __init__(self, folder: Path, key: str, epochs: int):
        self.folder, self._made_for = folder, {"key": key, "epochs": epochs}
        self.fits: list[dict[str, Any]] = []
        self._histories: list[dict[str, Any]] = []
        self._predictions: dict[str, np.ndarray] = {}
        self._read()

    def fit_of(self, repeat: int, fold: int) -> dict[str, Any] | None:
        """Return the finished fit of a slot, None if there is none."""
        found = [f for f in self.fits if (f["repeat"], f["fold"]) == (repeat, fold)]
        return found[0] if found else None

    def add(
        self,
        fit: dict[str, Any],
        history: list[dict[str, Any]],
        indices: np.ndarray,
        labels: np.ndarray,
        probabilities: np.ndarray,
    ) -> None:
        """Take a finished fit with its epochs and its validation predictions; `save` writes them.

        `indices` int64 (n,) count in `images.csv`, `labels` int64 (n,), `probabilities` float32 (n, C).
        """
        slot = {"repeat": fit["repeat"], "fold": fit["fold"]}
        self._histories += [{**slot, **row} for row in history]
        new = {
            "indices": indices,
            "labels": labels,
            "probabilities": probabilities.astype(np.float32),
            "repeats": np.full(len(indices), slot["repeat"], np.int16),
            "folds": np.full(len(indices), slot["fold"], np.int16),
        }
        old = self._predictions
        self._predictions = {k: np.concatenate([old[k], new[k]]) if old else new[k] for k in new}
        self.fits.append(fit)

    def save(self) -> None:
        """Write the files, the one that counts last."""
        write_beside(self.folder / "history.csv", _history_csv(self._histories))
        write_beside(self.folder / "predictions.npz", _npz(self._predictions))
        record = {**self._made_for, "fits": self.fits}
        write_beside(self.folder / "fits.json", json.dumps(record).encode())

    def pooled(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return labels (m,), probabilities (m, C) and repeats (m,) of all fits' validation predictions."""
        return tuple(self._predictions[name] for name in ("labels", "probabilities", "repeats"))

    def _read(self) -> None:
        try:
            record = json.loads((self.folder / "fits.json").read_bytes())
            mine = all(record[name] == value for name, value in self._made_for.items())
            fits = record["fits"] if mine else []
            slots = [(fit["repeat"], fit["fold"]) for fit in fits]
            arrays = read_predictions(self.folder / "predictions.npz")
            with (self.folder / "history.csv").open(newline="") as lines:
                rows = [_typed(row) for row in csv.DictReader(lines)]
        except (OSError, ValueError, KeyError, TypeError, StudyError):
            return
        pairs = list(zip(arrays["repeats"].tolist(), arrays["folds"].tolist(), strict=True))
        if not fits or not set(slots) <= set(pairs):
            return
        kept = np.array([pair in slots for pair in pairs])
        self.fits = fits
        self._predictions = {name: array[kept] for name, array in arrays.items()}
        self._histories = [row for row in rows if (row["repeat"], row["fold"]) in slots]


def state_file(folder: Path, repeat: int, fold: int) -> Path:
    """Return where a trial's folder keeps the state of a slot's fit."""
    return folder / f"state-{repeat}-{fold}.npz"


def forget_states(folder: Path) -> None:
    """Delete the states in a trial's folder, which only serve to go on."""
    for file in folder.glob("state-*.npz"):
        file.unlink(missing_ok=True)


def read_state(file: Path, key: str) -> RunState | None:
    """Return a state that was kept for a key, None when it is missing, damaged or of another."""
    try:
        state = RunState.load(file)
    except Exception:  # a torn archive raises almost anything; the fit then starts over
        return None
    return state if state.key == key else None


def _typed(row: dict[str, str]) -> dict[str, Any]:
    whole = ("repeat", "fold", "epoch")
    return {
        name: text if name == "stage" else int(text) if name in whole else float(text)
        for name, text in row.items()
    }


def _history_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()
