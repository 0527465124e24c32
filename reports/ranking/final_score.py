"""What the test pictures said of the retrained model, the last time they were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .intervals import wilson

if TYPE_CHECKING:
    from ..study.study import Study


@dataclass(frozen=True)
class LastTest:
    """The trial that was retrained, its score and loss on the test pictures, and how often they were looked at by then.

    `score`, `loss` and `pictures` are None where an older or damaged record lacks them; `interval` holds an accuracy
    with 95 % (Wilson), None for other objectives.
    """

    trial: int | None
    score: float | None
    loss: float | None
    pictures: int | None
    look: int
    interval: tuple[float, float] | None


def last_test(study: Study) -> LastTest | None:
    """Give back the newest retraining that was scored on the test pictures, None when there is none."""
    scored = [record for record in study.retrains if isinstance(record.get("test"), dict)]
    if not scored:
        return None
    test: dict[str, Any] = scored[-1]["test"]
    score, pictures = test.get("score"), test.get("n")
    share = study.objective == "accuracy" and score is not None and 0 <= score <= 1
    return LastTest(
        trial=scored[-1].get("trial"),
        score=score,
        loss=test.get("loss"),
        pictures=pictures,
        look=scored[-1].get("look") or 1,
        interval=wilson(score, int(pictures)) if share and pictures else None,
    )
