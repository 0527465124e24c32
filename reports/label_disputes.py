"""Pictures whose label held-out predictions dispute: the likeliest labelling mistakes first.

Confident learning (Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70,
2021): a class is believed of a picture when its probability is at least the mean that the class has among the pictures
labelled so. Where the likeliest believed class is not the given one, the label is disputed. Predictions must come from
models that did not train on the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dispute:
    """One disputed label.

    ``picture`` indexes the pictures of the study, ``given`` and ``suggested`` are labels, ``confidence`` is the mean
    out-of-fold probability of the suggested class, ``doubt`` by how much it exceeds the given one's; both up to 1.
    """

    picture: int
    given: int
    suggested: int
    confidence: float
    doubt: float


def label_disputes(
    indices: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, *, least_doubt: float = -1.0
) -> tuple[Dispute, ...]:
    """Return the disputed labels, the most doubtful first; ties in the order of pictures.

    Args:
        indices: which picture each row is about, int (N,); one that has several rows (repeats) counts with their mean.
        labels: the given labels, int (N,).
        probabilities: out-of-fold, (N, C), rows adding up to 1.
        least_doubt: what the suggested class must have more than the given one; -1 for nothing.

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
    thresholds = _thresholds(given, means)
    believed = np.where(means >= thresholds, means, 0.0)
    suggested = believed.argmax(axis=1)
    own = means[np.arange(len(means)), given]
    confidence = means[np.arange(len(means)), suggested]
    doubt = confidence - own
    disputed = np.flatnonzero(
        (believed.max(axis=1) > 0) & (suggested != given) & (doubt >= least_doubt)
    )
    order = disputed[np.lexsort((pictures[disputed], -doubt[disputed]))]
    return tuple(
        Dispute(int(pictures[i]), int(given[i]), int(suggested[i]), float(confidence[i]), float(doubt[i]))
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


def _thresholds(given: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the mean probability of each class among the pictures labelled so; a class without any is not believed."""
    classes = means.shape[1]
    own = means[np.arange(len(means)), given]
    counts = np.bincount(given, minlength=classes)
    sums = np.bincount(given, weights=own, minlength=classes)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
