"""The log loss of predictions, in nats: the one definition that training, objectives and ranking share."""

import numpy as np

# A probability of 0 would make a single image's loss infinite.
_SMALLEST_PROBABILITY = np.finfo(np.float32).tiny


def log_losses(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the log loss of every image in nats, float64 (..., N).

    Args:
        labels: int64 (N,), below C.
        probabilities: (..., N, C); values below the smallest normal float32 number, about 1.2e-38, count as that.
    """
    chosen = probabilities[..., np.arange(len(labels)), labels]
    return -np.log(np.maximum(chosen.astype(np.float64), _SMALLEST_PROBABILITY))


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean log loss in nats; the arguments are those of `log_losses`."""
    return float(log_losses(labels, probabilities).mean())
