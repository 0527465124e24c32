"""The weights of models whose probabilities are averaged, from their out-of-fold predictions.

A plain mean gains nearly all that there is to gain, and weights fitted to a few hundred images lose a part of it again.
So the weights start from a mean: half of it the logistic probes, half the other models, each the less the higher its
loss is. From there the images pull them to where their classes are most probable, against a Dirichlet prior that counts
as `PULL` images. Weighting by out-of-fold likelihood is stacking of densities (Smyth and Wolpert, Machine Learning 36,
1999).
"""

from __future__ import annotations

import numpy as np

# How many images the mean counts as, and the difference in loss, in nats, that makes a share e times smaller; both were
# chosen on simulated searches that are not among those reported.
PULL = 100.0
SCALE = 0.2
# Models of a smaller weight cost their pass and change hardly any probability.
LEAST = 0.02
# Each step never lowers the likelihood; later ones change weights by less than a hundredth.
_STEPS = 60


def mixture_weights(chosen: np.ndarray, counts: np.ndarray, probes: np.ndarray) -> np.ndarray:
    """Return the weights of T models under each of B weightings of M images, float64 (B, T), rows that add up to 1.

    Args:
        chosen: float (T, M), the probability that each model gives to the image's own class.
        counts: float64 (B, M), how often each image counts.
        probes: bool (T,), which models are logistic probes.
    """
    chosen = np.maximum(chosen, 1e-7).astype(np.float64)
    prior = _prior(chosen, counts, probes)
    weights = prior
    for _ in range(_STEPS):
        weights = weights * ((counts / (weights @ chosen)) @ chosen.T) + PULL * prior
        weights = weights / weights.sum(axis=1, keepdims=True)
    kept = np.where(weights < LEAST, 0.0, weights)
    # With many alike none may reach the least weight; then all stay.
    kept = np.where(kept.any(axis=1, keepdims=True), kept, weights)
    return kept / kept.sum(axis=1, keepdims=True)


def _prior(chosen: np.ndarray, counts: np.ndarray, probes: np.ndarray) -> np.ndarray:
    """Return the mean that the weights start from, float64 (B, T)."""
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1e-9)
    losses = counts @ -np.log(chosen).T / totals
    shares = np.where(probes, 0.0, np.exp(-(losses - losses.min(axis=1, keepdims=True)) / SCALE))
    even = np.broadcast_to(probes / max(1, probes.sum()), shares.shape)
    if probes.all():
        return even.copy()
    others = shares / shares.sum(axis=1, keepdims=True)
    return 0.5 * even + 0.5 * others if probes.any() else others
