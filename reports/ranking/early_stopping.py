"""How much too low the loss of fits is that chose their epoch by the images they validated on.

Early stopping takes the best epoch of each fold, and on a few images the best epoch is partly luck. The epoch that the
other folds would have chosen is free of this luck, and its loss on the fold is in the history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..study.trial import Trial

# Fewer folds say too little about each other's epochs.
_LEAST_FOLDS = 3


def early_stopping_optimism(trial: Trial, history: Iterable[Mapping[str, Any]]) -> float:
    """Return the mean loss at the epoch that the other folds choose less that at each fold's own, in nats, 0 or more.

    It is 0 for classifiers without epochs, and where there are fewer than three fits.

    Args:
        trial: the trial.
        history: the rows of its history, as `read_history` returns them.
    """
    curves: dict[tuple[int, int], list[float]] = defaultdict(list)
    for row in history:
        curves[row["repeat"], row["fold"]].append(row["val_loss"])
    fits = [fit for fit in trial.fits if (fit.repeat, fit.fold) in curves]
    if len(fits) < _LEAST_FOLDS:
        return 0.0
    rows = [curves[fit.repeat, fit.fold] for fit in fits]
    longest = max(map(len, rows))
    # A fold that stopped earlier would have gone on from where it stood.
    losses = np.array([row + row[-1:] * (longest - len(row)) for row in rows])
    others = (losses.sum(axis=0) - losses) / (len(fits) - 1)
    chosen = losses[np.arange(len(fits)), others.argmin(axis=1)]
    lucky = [
        at_chosen - min(row)
        for at_chosen, row, fit in zip(chosen, rows, fits, strict=True)
        if fit.best_epoch  # epoch 0 is where it started, which no history holds
    ]
    return max(0.0, float(np.sum(lucky)) / len(fits))
