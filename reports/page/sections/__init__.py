"""The parts of the report page, top to bottom: each makes its facts of a study, a template of its name shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from .calibration import calibration_section
from .classes import classes
from .data import data
from .disputed_labels import disputed_labels
from .failures import failures
from .hyperparameters import hyperparameters
from .leaderboard import leaderboard_section
from .learning_curves import learning_curves
from .mistakes import mistakes
from .progress import progress
from .repeat import repeat
from .trade_offs import trade_offs
from .winner import winner

if TYPE_CHECKING:
    from ...ranking.study import Study


class Section(NamedTuple):
    """A part of the page.

    Attributes:
        name: its template and its anchor.
        heading: its heading.
        facts: makes its facts, or None to leave it out.
        living: whether the page of a running search has it; it must be quick.
    """

    name: str
    heading: str
    facts: Callable[[Study], dict[str, Any] | None]
    living: bool = False


SECTIONS = (
    Section("leaderboard", "Leaderboard", leaderboard_section, living=True),
    Section("winner", "Recommended", winner, living=True),
    Section("progress", "Progress", progress, living=True),
    Section("hyperparameters", "Hyperparameters", hyperparameters),
    Section("learning_curves", "Learning curves", learning_curves, living=True),
    Section("classes", "Classes", classes),
    Section("mistakes", "Mistakes", mistakes),
    Section("disputed_labels", "Disputed labels", disputed_labels),
    Section("calibration", "Calibration", calibration_section),
    Section("trade_offs", "Trade-offs", trade_offs),
    Section("data", "Data", data),
    Section("failures", "Failures", failures, living=True),
    Section("repeat", "Repeat it", repeat, living=True),
)
