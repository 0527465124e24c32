"""A study with its ranking: read from its folder on any machine, without Keras, and without writing a byte."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..study.facts import StudyFacts
from ..study.loading import read_study
from ..study.trial import Trial
from .cost_limits import CostLimits
from .objectives import LOG_LOSS, better

if TYPE_CHECKING:
    from .ranking import Ranking


@dataclass(frozen=True, repr=False)
class Study(StudyFacts):
    """A study and what its trials are worth.

    Attributes:
        limits: what the recommended model may cost at most.
        unmet_limits: limits that no trial keeps and that are therefore ignored.
    """

    limits: CostLimits = field(default_factory=CostLimits)
    unmet_limits: CostLimits = field(default_factory=CostLimits)

    @classmethod
    def from_facts(cls, facts: StudyFacts, limits: CostLimits | None = None) -> Study:
        """Return the study of some facts."""
        return cls(**vars(facts), limits=limits or CostLimits())

    def __repr__(self) -> str:
        completed = sum(trial.scored for trial in self.trials)
        return (
            f"<Study {self.folder}: {completed} of {len(self.trials)} trials completed, "
            f"objective {self.objective}>"
        )

    @property
    def by_loss(self) -> bool:
        """Whether trials are ordered by their loss although the objective is another."""
        return self.criterion.endswith(LOG_LOSS) and self.objective != LOG_LOSS

    @property
    def is_balanced(self) -> bool:
        """Whether every class counts the same in what trials are ordered by."""
        return self.criterion.startswith("balanced")

    @property
    def inflation(self) -> float:
        """The factor on the variance of a mean difference: fits share most of their training images.

        It is that of the corrected resampled t-test (Nadeau and Bengio, Machine Learning 52, 2003): one plus the
        images validated for each one trained on.
        """
        split, folds = self.header.split, self.header.policy.folds
        if folds == 1 or not split.development:
            return 1 + split.validation / max(1, split.train)
        most = max((len(trial.fits) for trial in self.candidates), default=1)
        return 1 + min(most, folds) / (folds - 1)

    @cached_property
    def candidates(self) -> tuple[Trial, ...]:
        """Completed trials by number.

        A trial whose training a later one went on with is left out. So are ensembles, but the last of each way in which
        they come about.
        """
        scored = [trial for trial in self.trials if trial.scored]
        continued = {trial.continues for trial in scored}
        last = {trial.strategy.get("name"): trial.number for trial in scored if trial.members}
        return tuple(
            trial
            for trial in scored
            if trial.number not in continued
            and (not trial.members or last[trial.strategy.get("name")] == trial.number)
        )

    @cached_property
    def ranking(self) -> Ranking:
        """The candidates in order, what can be told apart, and what is recommended."""
        from .ranking import rank  # brings SciPy

        return rank(self, self.limits)

    def with_limits(self, limits: CostLimits) -> Study:
        """Return the same study, in which only trials that keep `limits` are recommended.

        Its `ranking` raises StudyError when no trial does.
        """
        return replace(self, limits=limits)

    def without_unmet_limits(self) -> Study:
        """Return the same study; when no trial keeps its limits, they become its `unmet_limits`."""
        if not self.candidates or any(map(self.limits.allow, self.candidates)):
            return self
        return replace(self, limits=CostLimits(), unmet_limits=self.limits)

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The candidates, best first."""
        return tuple(standing.trial for standing in self.ranking.standings)

    @property
    def recommended(self) -> Trial | None:
        """The recommended trial, None when none was completed."""
        return self.ranking.recommended

    def better(self, a: float | None, b: float | None) -> bool:
        """Whether score `a` is strictly better than `b`; None is worse than any number."""
        return better(a, b, self.direction)


def load_study(path: str | Path) -> Study:
    """Open the study in the folder `path`, or the one that a file or folder at `path` is part of.

    The folder may be a copy on another machine, be read-only, or lack parts: a missing trial folder or a cut-off last
    line of the log does no harm.

    Raises:
        StudyError: it is no study, is of another format, or is damaged.
    """
    return Study.from_facts(read_study(path))
