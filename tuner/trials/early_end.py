"""Whether a trial that has run some of its fits may still win."""

import numpy as np

from ...reports import FitFiles, StudyError, TrialPaths, log_losses, read_predictions

# With fewer images a standard error says nothing.
_LEAST_IMAGES = 8
_CONFIDENCE = 0.99


def is_surely_worse(files: FitFiles, rival: TrialPaths) -> bool:
    """Whether a trial's loss is higher than a rival's on the images that both validated, by a paired t-test.

    A rival whose predictions cannot be read is no rival.
    """
    # Imported here, since the parent process would pay for it.
    from scipy.special import stdtrit

    try:
        theirs = read_predictions(rival.predictions)
    except StudyError:
        return False
    mine, of_rival = _losses(files.predictions), _losses(theirs)
    pairs = [(loss, of_rival[key]) for key, loss in mine.items() if key in of_rival]
    if len(pairs) < _LEAST_IMAGES:
        return False
    behind = np.subtract(*np.transpose(pairs))
    error = behind.std(ddof=1) / np.sqrt(len(behind))
    return bool(behind.mean() > stdtrit(len(behind) - 1, _CONFIDENCE) * error)


def _losses(predictions: dict[str, np.ndarray]) -> dict[tuple[int, int], float]:
    """Return the loss of each image in each repeat."""
    losses = log_losses(predictions["labels"], predictions["probabilities"])
    keys = zip(predictions["repeats"].tolist(), predictions["indices"].tolist(), strict=True)
    return dict(zip(keys, losses.tolist(), strict=True))
