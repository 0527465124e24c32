"""What the test images said of the retrained model, the last time they were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .intervals import wilson

if TYPE_CHECKING:
    from .study import Study


@dataclass(frozen=True)
class FinalScore:
    """The trial that was retrained, its score and loss on the test images, and how often they were looked at by then.

    `score` and `loss` are None where they were no numbers; `interval` holds an accuracy
    with 95 % (Wilson), None for other objectives.
    """

    trial: int
    score: float | None
    loss: float | None
    images: int
    look: int
    interval: tuple[float, float] | None


def final_score(study: Study) -> FinalScore | None:
    """Give back the newest retraining that was scored on the test images, None when there is none."""
    if not study.retrains:
        return None
    last = study.retrains[-1]
    score, images = last.test.score, last.test.images
    share = study.objective == "accuracy" and score is not None and 0 <= score <= 1
    return FinalScore(
        trial=last.trial,
        score=score,
        loss=last.test.loss,
        images=images,
        look=last.look,
        interval=wilson(score, images) if score is not None and share and images else None,
    )
