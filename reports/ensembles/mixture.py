"""The weights of models whose probabilities are averaged, from their out-of-fold predictions.

The weights are those under which the images' classes are most probable, together with a Dirichlet prior that pulls
them to the plain mean of some models: as strongly as `PULL` more images would. So few images keep the plain mean, and
many choose. Weighting by out-of-fold likelihood is stacking of densities (Smyth and Wolpert, Machine Learning 36,
1999); the pull is for what the plain mean gains over any choice on small data.
"""

from __future__ import annotations

import numpy as np

# How many images the prior counts as, chosen on simulated searches that are not among those reported.
PULL = 50.0
# Models of a smaller weight cost their pass and change hardly any probability.
LEAST = 0.04
# Each step never lowers the likelihood; later ones change weights by less than a hundredth.
_STEPS = 60
_START = 0.5


def mixture_weights(chosen: np.ndarray, counts: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Return the weights of T models under each of B weightings of M images, float64 (B, T), rows that add up to 1.

    Args:
        chosen: float (T, M), the probability that each model gives to the image's own class.
        counts: float64 (B, M), how often each image counts.
        prior: float64 (T,), the mean that few images keep; its values add up to 1.
    """
    chosen = np.maximum(chosen, 1e-7).astype(np.float64)
    others = (prior == 0) / max(1, int((prior == 0).sum()))
    start = _START * prior + (1 - _START) * others if others.any() else prior
    weights = np.repeat(start[None], len(counts), axis=0)
    for _ in range(_STEPS):
        weights = weights * ((counts / (weights @ chosen)) @ chosen.T) + PULL * prior
        weights /= weights.sum(axis=1, keepdims=True)
    kept = np.where(weights < LEAST, 0.0, weights)
    # With many alike none may reach the least weight; then all stay.
    kept = np.where(kept.any(axis=1, keepdims=True), kept, weights)
    return kept / kept.sum(axis=1, keepdims=True)
