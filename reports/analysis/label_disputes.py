"""Labels to which held-out predictions give a very low probability: probable labelling mistakes.

Labels are scored by their self-confidence, the probability of the given class (Kuan and Mueller, Model-agnostic label
quality scoring to detect real-world label errors, ICML DataPerf, 2022). Classes that are alike share their probability,
so a model's usual mistakes score higher than a wrong label does. Predictions must come from models that did not train
on the image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_BELIEF = 0.3
"""A label is disputed when its probability is at most this share of what a blind guess would give it."""


@dataclass(frozen=True)
class Dispute:
    """The disputed label of row ``row``.

    ``suggested`` is the likeliest class, ``belief`` the probability of the given class, ``confidence`` that of the
    suggested one; both up to 1.
    """

    row: int
    suggested: int
    belief: float
    confidence: float


def label_disputes(labels: np.ndarray, probabilities: np.ndarray) -> tuple[Dispute, ...]:
    """Return the disputed labels, the least believed first; ties in the order of rows.

    Args:
        labels: the given labels, int (N,).
        probabilities: held out, (N, C), rows adding up to 1.

    Raises:
        ValueError: the shapes do not fit.
    """
    if np.ndim(probabilities) != 2 or len(labels) != len(probabilities):
        raise ValueError(
            f"labels {np.shape(labels)} and probabilities {np.shape(probabilities)} must be (N,) and (N, C)"
        )
    belief = probabilities[np.arange(len(labels)), labels]
    order = np.argsort(belief, kind="stable")
    return tuple(
        Dispute(int(row), int(probabilities[row].argmax()), float(belief[row]), float(probabilities[row].max()))
        for row in order[belief[order] <= MOST_BELIEF / probabilities.shape[1]]
    )  # fmt: skip
