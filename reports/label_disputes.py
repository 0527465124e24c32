"""Pictures whose label held-out predictions hardly believe: the likeliest labelling mistakes first.

Labels are scored by their self-confidence, the probability of the given class (Kuan and Mueller, Model-agnostic label
quality scoring to detect real-world label errors, ICML DataPerf, 2022). Classes that are alike share their probability,
so a model's usual mistakes score higher than a wrong label does. Predictions must come from models that did not train
on the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_BELIEF = 0.3
"""A label is disputed when its probability is at most this share of what a blind guess would give it."""


@dataclass(frozen=True)
class Dispute:
    """One disputed label.

    ``picture`` indexes the pictures of the study, ``given`` and ``suggested`` are labels, ``belief`` is the mean
    out-of-fold probability of the given class, ``confidence`` that of the suggested one; both up to 1.
    """

    picture: int
    given: int
    suggested: int
    belief: float
    confidence: float


def label_disputes(
    indices: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> tuple[Dispute, ...]:
    """Return the disputed labels, the least believed first; ties in the order of pictures.

    Args:
        indices: which picture each row is about, int (N,); one that has several rows (repeats) counts with their mean.
        labels: the given labels, int (N,).
        probabilities: out-of-fold, (N, C), rows adding up to 1.

    Raises:
        ValueError: the shapes do not fit.
    """
    if not len(indices) == len(labels) == len(probabilities) or np.ndim(probabilities) != 2:
        raise ValueError(
            f"indices {np.shape(indices)}, labels {np.shape(labels)} and probabilities "
            f"{np.shape(probabilities)} must be (N,), (N,) and (N, C)"
        )
    if not len(indices):
        return ()
    pictures, given, means = _per_picture(indices, labels, probabilities)
    belief, suggested = means[np.arange(len(means)), given], means.argmax(axis=1)
    disputed = np.flatnonzero(belief <= MOST_BELIEF / means.shape[1])
    order = disputed[np.lexsort((pictures[disputed], belief[disputed]))]
    return tuple(
        Dispute(int(pictures[i]), int(given[i]), int(suggested[i]), float(belief[i]), float(means[i].max()))
        for i in order
    )  # fmt: skip


def _per_picture(
    indices: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each picture once, with its label and mean probabilities."""
    pictures, first, inverse, counts = np.unique(
        indices, return_index=True, return_inverse=True, return_counts=True
    )
    sums = np.zeros((len(pictures), probabilities.shape[1]))
    np.add.at(sums, inverse.ravel(), probabilities.astype(np.float64))
    return pictures, np.asarray(labels)[first], sums / counts[:, None]
