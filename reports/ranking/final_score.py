"""What the test images said of the retrained model, the last time they were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .intervals import wilson

if TYPE_CHECKING:
    from ..study.study import Study


@dataclass(frozen=True)
class LastTest:
    """The trial that was retrained, its score and loss on the test images, and how often they were looked at by then.

    `score`, `loss` and `images` are None where an older or damaged record lacks them; `interval` holds an accuracy
    with 95 % (Wilson), None for other objectives.
    """

    trial: int | None
    score: float | None
    loss: float | None
    images: int | None
    look: int
    interval: tuple[float, float] | None


def last_test(study: Study) -> LastTest | None:
    """Give back the newest retraining that was scored on the test images, None when there is none."""
    scored = [record for record in study.retrains if isinstance(record.get("test"), dict)]
    if not scored:
        return None
    test: dict[str, Any] = scored[-1]["test"]
    score, images = test.get("score"), test.get("n")
    share = study.objective == "accuracy" and score is not None and 0 <= score <= 1
    return LastTest(
        trial=scored[-1].get("trial"),
        score=score,
        loss=test.get("loss"),
        images=images,
        look=scored[-1].get("look") or 1,
        interval=wilson(score, int(images)) if share and images else None,
    )
