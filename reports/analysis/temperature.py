"""A temperature that makes probabilities match the share of correct predictions."""

from __future__ import annotations

import numpy as np

from ..ranking.log_loss import log_losses

LEAST_PROBABILITY = 1e-7
_LOWEST, _HIGHEST = 0.2, 5.0
_PARTS = 5


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the temperature with the lowest log loss, or 1 where one would not surely lower it.

    Temperature scaling (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). The images are divided into
    five parts at random. The temperature of each part is fitted on the others, and the loss must fall by more than its
    standard error.

    Args:
        labels: int64 (N,), the classes of different images that the model was not trained on.
        probabilities: float32 (N, C).
    """
    if len(labels) < _PARTS:
        return 1.0
    parts = np.random.default_rng(0).permutation(np.arange(len(labels)) % _PARTS)
    gains = np.zeros(len(labels))
    for part in np.unique(parts):
        held = parts == part
        fitted = _best(labels[~held], probabilities[~held])
        gains[held] = log_losses(labels[held], probabilities[held]) - log_losses(
            labels[held], scaled(probabilities[held], fitted)
        )
    if gains.mean() <= gains.std() / np.sqrt(len(gains)):
        return 1.0
    return _best(labels, probabilities)


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities (N, C) at a temperature, float32: their logarithms are divided by it."""
    logits = np.log(np.maximum(probabilities, LEAST_PROBABILITY)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _best(labels: np.ndarray, probabilities: np.ndarray) -> float:
    from scipy.optimize import minimize_scalar  # half a second, which every command would pay

    found = minimize_scalar(
        lambda power: log_losses(labels, scaled(probabilities, np.exp(power))).mean(),
        bounds=(np.log(_LOWEST), np.log(_HIGHEST)),
        method="bounded",
    )
    return float(np.exp(found.x))
