"""What a study's trials have come to: ended, running, waiting to be run again, or given up."""

from dataclasses import replace

from ...reports import Study, Trial
from ..errors import SearchError
from ..trials.trial_job import Outcome
from ..workers.executor import Running
from .comparable_loss import with_comparable_loss
from .replay import chosen_by_loss
from .request import TrialRequest

# So many failures before the first success mean that something is wrong with all of them.
HOPELESS_AFTER = 5
# A trial whose process died so often is not tried again.
_DEATHS = 2
# An ensemble seldom has more members.
_LEADERS = 6


class SearchState:
    """The trials of one study by number, the requests that run (by job) or wait, and the causes of deaths."""

    def __init__(self, study: Study):
        self._study = study
        self.paths, self.seed = study.paths, study.header.seed
        self.test_images = study.header.split.test
        self.by_loss = chosen_by_loss(study)
        self.trials = {trial.number: trial for trial in study.trials}
        self.running: dict[Running, TrialRequest] = {}
        self.waiting: list[TrialRequest] = []
        self.deaths = {number: list(causes) for number, causes in study.deaths.items()}
        self._announced = max((start.number for start in study.begun), default=0)
        self.given_up = {number for number in self.deaths if self.too_deadly(number)}

    def too_deadly(self, number: int) -> bool:
        """Whether a trial has killed its process so often that it is not tried again."""
        return len(self.deaths.get(number, ())) >= _DEATHS

    def died(self, number: int, cause: str) -> None:
        """Count a death of the process that ran a trial."""
        self.deaths.setdefault(number, []).append(cause)

    def outcome_of_deaths(self, number: int) -> Outcome:
        """Return how a trial ended whose process died too often."""
        one, other = self.deaths[number][-2:]
        return Outcome(None, f"twice {other}" if one == other else f"{one} and {other}")

    def ended(self, request: TrialRequest, outcome: Outcome) -> Trial:
        """Return the trial of a request that ended."""
        trial = request.ended(outcome, by_loss=self.by_loss)
        if not self.by_loss:
            return trial
        earlier = [self.trials[number] for number in sorted(self.trials)]
        fits = self._study.header.policy.first_fits
        return with_comparable_loss(trial, earlier, self.paths, fits)

    def all(self) -> list[Trial | TrialRequest]:
        """Return everything that has a number: ended, running or waiting."""
        return [*self.trials.values(), *self.running.values(), *self.waiting]

    def next_number(self) -> int:
        """Return the number of the next trial; one that was cut off keeps its own."""
        return 1 + max(self._announced, *(one.number for one in self.all()), 0)

    def announce(self, number: int) -> None:
        """Note that the log knows a trial to have begun."""
        self._announced = max(self._announced, number)

    def searched(self) -> list[Trial]:
        """Return the trials that are no baselines."""
        return [trial for trial in self.trials.values() if trial.role == "search"]

    def usual_seconds(self) -> float:
        """Return how long the middle one of the searched trials took."""
        times = sorted(trial.seconds for trial in self.searched())
        return times[len(times) // 2] if times else 0.0

    def baseline_seconds(self) -> list[float]:
        """Return how long the fits of a baseline took on average, without passes of a backbone; [] if none ran."""
        times = [
            sum(fit.seconds for fit in trial.fits)
            for trial in self.trials.values()
            if trial.role == "baseline" and trial.fits and not trial.members
        ]
        return [sum(times) / len(times)] if times else []

    def usual_fit_seconds(self) -> float:
        """Return how long the middle one of the searched trials' fits took."""
        times = sorted(fit.seconds for trial in self.searched() for fit in trial.fits)
        return times[len(times) // 2] if times else 0.0

    def best(self) -> Trial | None:
        """Return the trial with the lowest loss of those that validated all images; `Study.ranking` looks closer."""
        return next(iter(self._by_loss()), None)

    def leaders(self) -> list[Trial]:
        """Return the trials that may become members of an ensemble, as far as their losses tell."""
        return [trial for trial in self._by_loss() if not trial.members][:_LEADERS]

    def _by_loss(self) -> list[Trial]:
        scored = self.study().candidates
        first = self._study.header.policy.first_fits
        most = min(first, max((len(trial.fits) for trial in scored), default=0))
        whole = [trial for trial in scored if len(trial.fits) >= most]
        return sorted(whole, key=lambda trial: trial.by_loss)

    def study(self) -> Study:
        """Return the study as it stands."""
        trials = tuple(self.trials[number] for number in sorted(self.trials))
        return replace(self._study, trials=trials, begun=())

    def refuse_hopeless(self, *, at_the_end: bool = False) -> None:
        """Give up when nothing has succeeded, or nothing but baselines for several trials.

        Raises:
            SearchError: they all failed.
        """
        everything = 1 if at_the_end else HOPELESS_AFTER
        groups = ((list(self.trials.values()), everything), (self.searched(), HOPELESS_AFTER))
        for tried, enough in groups:
            failed = [trial for trial in tried if trial.status == "failed"]
            if len(failed) == len(tried) and len(failed) >= enough:
                which = "The only trial" if len(failed) == 1 else f"All {len(failed)} trials"
                raise SearchError(
                    f"{which} failed, so the search stopped; the last cause: {failed[-1].cause}. "
                    f"The log is in {self._study.folder}."
                )
