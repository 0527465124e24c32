"""What a study still has to do: baselines, what the strategy proposes, and further fits of those that contend."""

import statistics
from typing import Any, Literal

from ...reports import Start, Trial, is_probe
from ...search_spaces import BACKBONES, Recipe, Space
from ..events import FurtherFitsPlanned, OnEvent, OutOfTime
from ..strategies.strategy import LISTED, Strategy
from .baselines import fine_tuned_baseline, plain_baselines
from .budget import Budget
from .cost_model import CostModel
from .race import next_round
from .request import TrialRequest
from .state import SearchState

# A trial counts at most as so many median ones when the time left is estimated.
_MOST_MEDIANS = 4.0
# So many trials are assumed to have taken what a baseline took, since the first trial is often an unusual one.
_PRIOR_TRIALS = 3


class Scheduler:
    """Says what to run next.

    Args:
        state: what has been done so far.
        space: what is searched.
        costs: what recipes cost, and how often they are fitted.
        strategy: what proposes recipes.
        budget: how long it may take.
        epochs: the most epochs of a fit.
        baselines: "all", "plain" without the fine-tuned one, or "none".
        on_event: receives the end of the time and each round of further fits.
    """

    def __init__(
        self,
        state: SearchState,
        space: Space,
        costs: CostModel,
        strategy: Strategy,
        budget: Budget,
        *,
        epochs: int,
        baselines: Literal["all", "plain", "none"],
        on_event: OnEvent,
    ):
        self._state, self._space, self._costs, self._policy = state, space, costs, costs.policy
        self._strategy, self._budget, self._epochs = strategy, budget, epochs
        self._baselines, self._on_event = baselines, on_event

    def next(self, limit: int | None) -> TrialRequest | None:
        """Return what to run next, None when nothing can be started now.

        At most `limit` trials are begun beside the baselines.
        """
        state = self._state
        if state.waiting:
            return state.waiting.pop(0)
        request = self._baseline() or self._proposal(limit)
        if request is None and not state.running:
            request = self._baseline(search_is_over=True)
        if request is None and not state.running:
            state.waiting = self._race()
            request = state.waiting.pop(0) if state.waiting else None
        return request

    def seconds_left(self, limit: int | None, workers: int) -> float | None:
        """Return how long the search still takes, retraining included; None while that cannot be known.

        Args:
            limit: the most trials beside the baselines.
            workers: how many trials run at the same time.
        """
        state, budget = self._state, self._budget
        until = [] if budget.deadline is None else [max(0.0, budget.seconds_left())]
        searched = state.searched()
        if limit is not None and searched:
            times = [trial.seconds for trial in searched]
            times += _PRIOR_TRIALS * state.baseline_seconds()
            # The cost model limits how many dear trials there are, so one of them counts less.
            most = _MOST_MEDIANS * statistics.median(times)
            mean = statistics.fmean(min(seconds, most) for seconds in times)
            more = mean * max(0, limit - len(searched))
            more += self._seconds_of_further_fits()
            until.append(more / workers + budget.ending)
        return min(until, default=None)

    def _seconds_of_race(self) -> float:
        """Return how long further fits may take under a budget."""
        if self._policy.fits > self._policy.first_fits:
            return self._budget.race_seconds
        return self._seconds_of_further_fits()

    def _seconds_of_further_fits(self) -> float:
        """Return how long the folds take that a trial lacks which leads after its first ones."""
        best, first = self._state.best(), self._policy.first_fits
        partly = [
            trial
            for trial in self._state.trials.values()
            if trial.scored and 0 < len(trial.fits) < first and best is not None
            if trial.by_loss <= best.by_loss
        ]
        return sum((first - len(t.fits)) * max(fit.seconds for fit in t.fits) for t in partly)

    def again(self, start: Start) -> TrialRequest:
        """Return the request of a trial that the log knows to have begun."""
        return self._request(start.number, start.role, start.recipe, start.strategy, begun=True)

    def _request(
        self, number: int, role: str, recipe: dict, record: dict, begun: bool = False
    ) -> TrialRequest:
        first = self._costs.first_fits(recipe)
        leader = self._state.best()
        return TrialRequest(
            number=number,
            role=role,
            recipe=recipe,
            epochs=self._epochs_of(recipe, record),
            slots=self._policy.slots[:first],
            record=record,
            rival=leader.number if leader is not None and self._costs.is_costly(recipe) else None,
            begun=begun,
        )

    def _epochs_of(self, recipe: dict, record: dict) -> int:
        """Return the epoch to train to: the strategy's, if the recipe may cost so much."""
        asked = record.get("epochs", recipe["epochs"])
        return self._costs.epochs(Recipe.from_dict(recipe), asked, record.get("results", 0))

    def _baseline(self, *, search_is_over: bool = False) -> TrialRequest | None:
        """Return a baseline that is missing; under a budget the fine-tuned one comes last, since it may take it all."""
        if self._baselines == "none":
            return None
        mine = [
            one for one in self._state.all() if one.role == "baseline" and not _is_ensemble(one)
        ]
        # One that ran out of memory was run with another recipe than the one it stands for.
        known: set[str | None] = {Recipe.from_dict(one.recipe).key for one in mine}
        known |= {_record_of(one).get("key") for one in mine}
        recipes = plain_baselines(self._space, self._epochs)
        missing = [recipe for recipe in recipes if recipe.key not in known]
        running = any(request.role == "baseline" for request in self._state.running.values())
        now = search_is_over or self._budget.deadline is None
        if not missing and not running and now and self._baselines == "all":
            missing = [recipe for recipe in self._fine_tuned() if recipe.key not in known]
        # One model is usable at the end, however short the budget is.
        is_first = self._state.best() is None and not self._state.running
        if not missing or not (is_first or self._budget.allows(0.0)):
            return None
        recipe = missing[0]
        record = {"name": "baseline", "epochs": recipe.epochs, "key": recipe.key}
        return self._request(self._state.next_number(), "baseline", recipe.as_dict(), record)

    def _fine_tuned(self) -> list[Recipe]:
        """Return the fixed fine-tuning recipe, on the backbone whose probe did best."""
        probes = [
            trial
            for trial in self._state.trials.values()
            if is_probe(trial) and trial.scored
            if not BACKBONES[trial.recipe["backbone"]].only_frozen
        ]
        best = min(probes, key=lambda trial: trial.by_loss, default=None)
        if best is None:
            return []
        return [fine_tuned_baseline(self._space, best.recipe["backbone"], self._epochs)]

    def _proposal(self, limit: int | None) -> TrialRequest | None:
        state, budget = self._state, self._budget
        running = sum(request.role == "search" for request in state.running.values())
        searched = len(state.searched()) + running
        if limit is not None and searched >= limit:
            return None
        if not budget.allows(state.usual_seconds() + self._seconds_of_race()):
            if not state.running and not budget.reported:
                budget.reported = True
                self._on_event(OutOfTime(searched, limit, budget.elapsed()))
            return None
        number = state.next_number()
        proposal = self._strategy.propose(number, self._allowance())
        if proposal is None:
            return None
        recipe = self._space.recipe(proposal.values, epochs=self._epochs)
        return self._request(number, "search", recipe.as_dict(), proposal.record)

    def _allowance(self) -> int | None:
        """Return what the next trial may cost, None for whatever the strategy likes."""
        if not self._costs.limited or self._strategy.name == LISTED:
            return None
        searched, running = self._state.searched(), self._state.running.values()
        spent = sum(self._costs.of_trial(trial) for trial in searched)
        spent += sum(
            self._costs.first_look(Recipe.from_dict(request.recipe), request.epochs)
            for request in running
            if request.role == "search" and request.trial is None
        )
        return self._costs.allowance(spent, len(searched))

    def _race(self) -> list[TrialRequest]:
        """Return further fits for those that contend, until the leader is clear."""
        state = self._state
        if not self._races() or not self._budget.allows(state.usual_fit_seconds()):
            return []
        due = next_round(state.study(), self._costs, state.given_up)
        requests = [
            TrialRequest(
                trial.number,
                trial.role,
                trial.recipe,
                self._epochs_of(trial.recipe, trial.strategy),
                slots,
                trial=trial,
                begun=True,
            )
            for trial, slots in due
        ]
        if requests:
            numbers = tuple(request.number for request in requests)
            self._on_event(FurtherFitsPlanned(numbers, len(due[0][0].fits) + len(due[0][1])))
        return requests

    def _races(self) -> bool:
        """Whether some trial may get more fits than it had first."""
        policy = self._policy
        if policy.fits > policy.first_fits:
            return True
        single = [trial for trial in self._state.trials.values() if not trial.members]
        fewer = any(len(trial.fits) < policy.first_fits for trial in single if trial.scored)
        return policy.fits > policy.costly_fits and fewer


def _is_ensemble(one: Trial | TrialRequest) -> bool:
    return isinstance(one, Trial) and bool(one.members)


def _record_of(one: Trial | TrialRequest) -> dict[str, Any]:
    return one.strategy if isinstance(one, Trial) else one.record
