"""The labels that a probe disputes which did not see them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...atomic_write import write_beside
from ...json_values import encode
from ..paths import StudyPaths

_NAMED = 3


@dataclass(frozen=True)
class DisputedLabel:
    """An image by its path, the class it was given, the one that the probe suggests, and what the probe believes.

    `belief` is the probability of the given class, `confidence` that of the suggested one; both up to 1.
    """

    path: str
    given: str
    suggested: str
    belief: float
    confidence: float


@dataclass(frozen=True)
class LabelCheck:
    """What a probe on `backbone` said of the labels of so many `images`, each held out of its fit.

    `agreed` is the share of images that the probe names as they are labelled, 0..1; `disputed` are the labels to look
    at, the least believed first.
    """

    backbone: str
    images: int
    agreed: float
    disputed: tuple[DisputedLabel, ...]

    @property
    def sentence(self) -> str:
        """What is to be known; empty where no label is disputed."""
        if not self.disputed:
            return ""
        named = "; ".join(
            f"{one.path} ({one.suggested}, {one.confidence:.0%})" for one in self.disputed[:_NAMED]
        )
        more = len(self.disputed) - _NAMED
        return (
            f"A probe on {self.backbone} doubts {len(self.disputed)} of {self.images:,} labels. It was fitted on other "
            f"images and agrees with {self.agreed:.0%} of all labels. Look at {named}"
            f"{f' and {more} more' if more > 0 else ''}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    def write(self, folder: Path) -> None:
        """Keep it in a study's folder."""
        write_beside(StudyPaths(folder).label_check, encode(self.as_dict(), indent=1))


def read_label_check(folder: Path) -> LabelCheck | None:
    """Return the check that is kept in a study's folder; None where there is none or it is damaged."""
    try:
        record = json.loads((StudyPaths(folder).label_check).read_bytes())
        disputed = tuple(_disputed(one) for one in record["disputed"])
        return LabelCheck(
            str(record["backbone"]), int(record["images"]), float(record["agreed"]), disputed
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _disputed(record: dict[str, Any]) -> DisputedLabel:
    path, given, suggested = (str(record[name]) for name in ("path", "given", "suggested"))
    return DisputedLabel(
        path, given, suggested, float(record["belief"]), float(record["confidence"])
    )
