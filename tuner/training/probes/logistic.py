"""The logistic probe: multinomial logistic regression on features with an L2 penalty, solved to the end.

With more features than images the problem is solved in the space that the images span, where it is the same problem
with fewer unknowns: an L2 penalty never leaves that space. There the coordinates are orthogonal, so that scaling each
by its bound on the curvature (Böhning, Ann. Inst. Statist. Math. 44, 1992) makes L-BFGS converge in a few steps, where
scikit-learn's solvers take hundreds.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

# Penalties that cross-validation tries, as shares of the features' total variance, from strong to weak.
_STRENGTHS = 10.0 ** np.arange(1.5, -4, -0.5)
_FOLDS = 5
# From so many images on, one part of the folds says enough about the penalty.
_MANY = 1500
_TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class LogisticProbe:
    """`kernel` float32 (F, C) and `bias` float32 (C,) of a softmax layer; `l2` is the penalty used."""

    kernel: np.ndarray
    bias: np.ndarray
    l2: float

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C), of features (n, F)."""
        return softmax(features @ self.kernel + self.bias, axis=1).astype(np.float32)


def fit_logistic(
    features: np.ndarray,
    labels: np.ndarray,
    classes: int,
    *,
    l2: float | str,
    balanced: bool,
    seed: int,
    views: int = 1,
) -> LogisticProbe:
    """Fit a probe.

    Args:
        features: (n, F); with augmented views the rows of the first view, then those of the next.
        labels: int64 (n,), below `classes`.
        classes: the number of classes C.
        l2: the penalty on half the squared kernel beside the sum of the images' losses, or `"cv"` to choose it by
            the lowest cross-validated log loss.
        balanced: let every class count the same.
        seed: decides the folds that choose the penalty.
        views: how many rows each image has; together they count as one image.
    """
    centre = features.mean(axis=0, dtype=np.float64)
    with threadpool_limits(1):  # the matrices are small: more threads double the work
        rotated, back = _rotate(features - centre)
        counts = np.bincount(labels, minlength=classes)
        weight = len(labels) / (classes * np.maximum(counts, 1)) if balanced else np.ones(classes)
        problem = _Problem(rotated, np.eye(classes)[labels] * weight[labels, None] / views)
        scale = float(np.square(rotated).sum() / len(rotated)) or 1.0
        chosen = l2 == "cv"
        penalty = (
            scale * _best_strength(problem, labels, scale, seed, views) if chosen else float(l2)
        )
        kernel, bias = problem.solve(penalty, None)
    kernel = back @ kernel
    bias = bias - centre @ kernel
    return LogisticProbe(kernel.astype(np.float32), bias.astype(np.float32), penalty)


class _Problem:
    """Rows (n, r) with weighted one-hot targets (n, C)."""

    def __init__(self, rows: np.ndarray, targets: np.ndarray):
        self.rows, self.targets = rows.astype(np.float32), targets
        self._weights = targets.sum(axis=1, keepdims=True)
        self._curvature = 0.5 * (np.square(rows) * self._weights).sum(axis=0)

    def part(self, rows: np.ndarray) -> "_Problem":
        return _Problem(self.rows[rows], self.targets[rows])

    def solve(self, l2: float, start: tuple | None, tolerance: float = 1e-6):
        """Return the kernel (r, C) and the bias (C,) that minimise losses and penalty."""
        classes = self.targets.shape[1]
        steps = np.sqrt(np.append(self._curvature + l2, 0.5 * self._weights.sum()))[:, None]
        first = np.zeros((len(steps), classes)) if start is None else np.vstack(start)

        def objective(scaled: np.ndarray) -> tuple[float, np.ndarray]:
            values = scaled.reshape(-1, classes) / steps
            kernel, bias = values[:-1], values[-1]
            shares = softmax(self.rows @ kernel.astype(np.float32) + bias, axis=1)
            chosen = np.log(np.maximum(shares, _TINY))
            loss = -(self.targets * chosen).sum() + 0.5 * l2 * np.square(kernel).sum()
            residual = self._weights * shares - self.targets
            gradient = self.rows.T @ residual.astype(np.float32) + l2 * kernel
            whole = np.vstack([gradient, residual.sum(axis=0)]) / steps
            return loss, whole.ravel()

        limit = {"maxiter": 500, "ftol": tolerance * 1e-2, "gtol": tolerance * len(self.rows)}
        found = minimize(
            objective, (first * steps).ravel(), jac=True, method="L-BFGS-B", options=limit
        )
        values = found.x.reshape(-1, classes) / steps
        return values[:-1], values[-1]


def _rotate(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows in orthogonal coordinates, as few as they span, (n, r), and the way back (F, r)."""
    rows, features = centred.shape
    square = centred @ centred.T if rows < features else centred.T @ centred
    values, vectors = np.linalg.eigh(square)
    kept = values > values[-1] * 1e-8
    if not kept.any():
        return np.zeros((rows, 1)), np.zeros((features, 1))
    vectors, lengths = vectors[:, kept], np.sqrt(values[kept])
    if rows < features:
        return vectors * lengths, centred.T @ (vectors / lengths)
    return centred @ vectors, vectors


def _best_strength(
    problem: _Problem, labels: np.ndarray, scale: float, seed: int, views: int
) -> float:
    """Walk from strong to weak penalties, each from the last one's solution, until the held-out loss rises."""
    images = len(labels) // views
    folds = min(_FOLDS, int(np.bincount(labels[:images]).min()))
    if folds < 2:
        return 1.0
    division = StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32)
    parts = list(division.split(labels[:images], labels[:images]))
    parts = parts[:1] if images >= _MANY else parts
    shifts = np.arange(views)[:, None] * images
    problems = [problem.part((shifts + train).ravel()) for train, _ in parts]
    solutions: list[tuple | None] = [None] * len(parts)
    losses: list[float] = []
    for strength in _STRENGTHS:
        losses.append(0.0)
        for i, (_, held_out) in enumerate(parts):
            kernel, bias = problems[i].solve(strength * scale, solutions[i], tolerance=1e-4)
            solutions[i] = kernel, bias
            shares = softmax(problem.rows[held_out] @ kernel + bias, axis=1)
            logs = np.log(np.maximum(shares, _TINY))
            losses[-1] -= (problem.targets[held_out] * logs).sum()
        if len(losses) >= 3 and losses[-1] > losses[-2] > losses[-3]:
            break
    return float(_STRENGTHS[int(np.argmin(losses))])
