"""One trial's place in a ranking, with how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..study.trial import Trial
from .selection import surely_worse

if TYPE_CHECKING:
    from .study import Study
    from .uncertainty.scored_rows import ScoredRows


@dataclass(frozen=True)
class Standing:
    """One trial's place in the ranking.

    Attributes:
        trial: the trial.
        rank: counted from 1.
        score: the mean score of its fits.
        interval: the 95 % interval (low, high) of the score; None where predictions are missing.
        loss: the mean log loss on its validation images, in nats.
        balanced_loss: the same where every class counts the same; None unless trials are ordered by it.
        fits: the number of fits.
        tied: whether the trial cannot be told apart from the first one.
        difference: the first trial's score minus this one's on the same images; None for the first trial itself, and
            where the two cannot be compared.
        difference_interval: the 95 % interval (low, high) of the difference.
    """

    trial: Trial
    rank: int
    score: float
    interval: tuple[float, float] | None
    loss: float | None
    balanced_loss: float | None
    fits: int
    tied: bool
    difference: float | None
    difference_interval: tuple[float, float] | None

    @property
    def ordering_loss(self) -> float | None:
        """The loss that trials are ordered by, where they are ordered by a loss."""
        return self.loss if self.balanced_loss is None else self.balanced_loss


def score_of(trial: Trial) -> float:
    """Return a trial's score, NaN where it has none."""
    return math.nan if trial.score is None else trial.score


def standings(
    study: Study, trials: Sequence[Trial], order: Sequence[int], scored: ScoredRows
) -> tuple[Standing, ...]:
    """Return the standings of the rows of some predictions.

    Args:
        study: the study.
        trials: the trial of each row.
        order: the rows, the best first.
        scored: what the predictions say of the objective.
    """
    found, first = scored.found, order[0]
    # A log loss that is ahead has to be ahead in accuracy too, as in every objective that is no loss.
    by_hits = scored.by_accuracy or study.objective == "log_loss"
    apart = surely_worse(found, first, study.inflation, None if by_hits else scored.is_ahead)
    made = []
    for rank, row in enumerate(order, 1):
        trial, losses = trials[row], found.losses[row]
        mean, between, _ = scored.difference(first, row)
        compared = row != first and math.isfinite(mean)
        by_loss = not study.criterion.endswith("error")
        balanced = by_loss and study.is_balanced
        made.append(
            Standing(
                trial=trial,
                rank=rank,
                score=score_of(trial),
                interval=scored.interval(row, score_of(trial)),
                loss=float(np.nanmean(losses)) if by_loss and not balanced else trial.loss,
                balanced_loss=float(np.nanmean(losses)) if balanced else None,
                fits=len(trial.fits),
                tied=not apart[row],
                difference=mean if compared else None,
                difference_interval=between if compared else None,
            )
        )
    return tuple(made)
