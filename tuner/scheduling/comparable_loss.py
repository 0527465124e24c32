"""The loss of a trial that has validated only a part of the images, as if it had validated all of them.

Some folds are harder than others. What the strategy is told of a costly recipe after its first folds would otherwise be
the luck of these folds. A probe that has validated all images says how hard they are: the difference between its losses
is taken off (control variates).
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ...reports import StudyError, StudyPaths, Trial, is_probe, log_losses, read_predictions


def with_comparable_loss(
    trial: Trial, others: Iterable[Trial], paths: StudyPaths, fits: int
) -> Trial:
    """Return a trial whose `reported` loss is comparable with that of trials that have `fits` fits.

    It is returned as it is when it has that many itself, or when no probe has.

    Args:
        trial: a trial that has just ended; its predictions are stored.
        others: the trials that ended before.
        paths: where the study is.
        fits: the number of fits of a trial that has validated all images once.
    """
    probe = next((t for t in others if is_probe(t) and t.scored and len(t.fits) >= fits), None)
    if probe is None or not trial.scored or len(trial.fits) >= fits or trial.reported is None:
        return trial
    try:
        mine = read_predictions(paths.trial(trial.number).predictions)
        theirs = read_predictions(paths.trial(probe.number).predictions)
    except StudyError:
        return trial
    losses = log_losses(theirs["labels"], theirs["probabilities"])
    shared = np.isin(theirs["indices"], mine["indices"])
    harder = float(losses[shared].mean() - losses.mean())
    return replace(trial, reported=trial.reported - harder)
