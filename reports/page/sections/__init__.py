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
    """A part of the page: its template and anchor, its heading, and what makes its facts or None to leave it out."""

    name: str
    heading: str
    facts: Callable[[Study], dict[str, Any] | None]


SECTIONS = (
    Section("leaderboard", "Leaderboard", leaderboard_section),
    Section("winner", "Recommended", winner),
    Section("progress", "Progress", progress),
    Section("hyperparameters", "Hyperparameters", hyperparameters),
    Section("learning_curves", "Learning curves", learning_curves),
    Section("classes", "Classes", classes),
    Section("mistakes", "Mistakes", mistakes),
    Section("disputed_labels", "Disputed labels", disputed_labels),
    Section("calibration", "Calibration", calibration_section),
    Section("trade_offs", "Trade-offs", trade_offs),
    Section("data", "Data", data),
    Section("failures", "Failures", failures),
    Section("repeat", "Repeat it", repeat),
)
