"""How far an image lies from the training images, by its features of frozen backbones.

Features are brought to length 1. The distance is what the main directions of the training features leave of an image's:
the residual of ViM (Wang et al., ViM: Out-Of-Distribution with Virtual-logit Matching, CVPR 2022). Those of several
backbones or sizes are averaged.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FILE = "familiarity.npz"
"""The name of a model's `Familiarity` inside its `.keras` file."""
_MOST_DIRECTIONS = 64


def features_layer(number: int) -> str:
    """Return the name of the layer that gives the features of a model's frozen backbone, the first one being 1."""
    return f"frozen_features_{number}"


@dataclass(frozen=True)
class Familiarity:
    """The main directions of the training features: `centres` (F,) and `directions` (D, F), float32, per backbone."""

    centres: tuple[np.ndarray, ...]
    directions: tuple[np.ndarray, ...]

    def distances(self, features: Sequence[np.ndarray]) -> np.ndarray:
        """Return how far images are from the training images, float32 (N,), of each backbone's features (N, F)."""
        parts = zip(features, self.centres, self.directions, strict=True)
        lengths = [
            np.linalg.norm(_left(_unit(rows) - centre, directions), axis=1)
            for rows, centre, directions in parts
        ]
        return np.asarray(np.mean(lengths, axis=0), np.float32)

    def to_bytes(self) -> bytes:
        """Return the content of a file that `from_bytes` reads."""
        file = io.BytesIO()
        named: dict[str, Any] = {f"centre_{i}": one for i, one in enumerate(self.centres, 1)}
        named |= {f"directions_{i}": one for i, one in enumerate(self.directions, 1)}
        np.savez(file, **named)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Familiarity":
        """Return what `to_bytes` wrote.

        Raises:
            ValueError: The content is damaged.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                count = len(stored.files) // 2
                centres = tuple(stored[f"centre_{i}"] for i in range(1, count + 1))
                directions = tuple(stored[f"directions_{i}"] for i in range(1, count + 1))
        except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError(f"{FILE} is damaged ({error})") from error
        for centre, rows in zip(centres, directions, strict=True):
            whole = centre.dtype == rows.dtype == np.float32 and centre.ndim == 1
            if not whole or rows.ndim != 2 or rows.shape[1:] != centre.shape:
                raise ValueError(f"{FILE} has impossible values")
        return cls(centres, directions)


def fit_familiarity(features: Sequence[np.ndarray]) -> Familiarity:
    """Return the main directions of training images, of each backbone's features, float32 (N, F)."""
    units = [_unit(rows) for rows in features]
    centres = [rows.mean(axis=0) for rows in units]
    found = [_main(rows - centre) for rows, centre in zip(units, centres, strict=True)]
    return Familiarity(
        tuple(centre.astype(np.float32) for centre in centres),
        tuple(rows.astype(np.float32) for rows in found),
    )


def out_of_fold_distances(features: Sequence[np.ndarray], folds: np.ndarray) -> np.ndarray:
    """Return the distance of each training image from those of other folds, float32 (N,), NaN of one in no fold.

    Args:
        features: Those of each backbone, float32 (N, F).
        folds: int (repeats, N), the fold in which an image validates, -1 for never; the first repeat that has an image
            counts.
    """
    distances = np.full(len(features[0]), np.nan, np.float32)
    for where in folds:
        for held in np.unique(where[np.isnan(distances) & (where >= 0)]):
            known = fit_familiarity([rows[where != held] for rows in features])
            new = np.isnan(distances) & (where == held)
            distances[new] = known.distances([rows[new] for rows in features])
    return distances


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _left(rows: np.ndarray, directions: np.ndarray) -> np.ndarray:
    return rows - (rows @ directions.T) @ directions


def _main(rows: np.ndarray) -> np.ndarray:
    """Return the directions (D, F) in which centred rows (N, F) differ most."""
    most = min(_MOST_DIRECTIONS, len(rows) // 4, rows.shape[1] // 4)
    if len(rows) < rows.shape[1]:
        return np.linalg.svd(rows, full_matrices=False)[2][:most]
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return vectors[:, ::-1][:, :most].T
