"""What a study still has to do: baselines, what the strategy proposes, and further fits of those that contend."""

from typing import Any, Literal

from ...datasets import Policy
from ...reports import Start, Trial, is_probe
from ...search_spaces import BACKBONES, Choice, Recipe, Space
from ..events import FurtherFitsPlanned, OnEvent, OutOfTime
from ..strategies.strategy import Strategy
from .baselines import fine_tuned_baseline, plain_baselines
from .budget import Budget
from .race import is_costly, next_round
from .request import TrialRequest
from .state import SearchState


class Scheduler:
    """Says what to run next.

    Args:
        state: what has been done so far.
        space: what is searched.
        policy: how often a recipe is fitted.
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
        policy: Policy,
        strategy: Strategy,
        budget: Budget,
        *,
        epochs: int,
        baselines: Literal["all", "plain", "none"],
        on_event: OnEvent,
    ):
        self._state, self._space, self._policy = state, space, policy
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

    def again(self, start: Start) -> TrialRequest:
        """Return the request of a trial that the log knows to have begun."""
        return self._request(start.number, start.role, start.recipe, start.strategy, begun=True)

    def _request(
        self, number: int, role: str, recipe: dict, record: dict, begun: bool = False
    ) -> TrialRequest:
        first = self._policy.stages(costly=is_costly(recipe))[0]
        return TrialRequest(
            number=number,
            role=role,
            recipe=recipe,
            epochs=record.get("epochs", recipe["epochs"]),
            slots=self._policy.slots[:first],
            record=record,
            begun=begun,
        )

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
        if not missing or not self._budget.allows(0.0):
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
        if not budget.allows_search(state.usual_seconds(), self._races()):
            if not state.running and not budget.reported:
                budget.reported = True
                self._on_event(OutOfTime(searched, limit))
            return None
        number = state.next_number()
        proposal = self._strategy.propose(number)
        if proposal is None:
            return None
        recipe = self._space.recipe(proposal.values, epochs=self._epochs)
        return self._request(number, "search", recipe.as_dict(), proposal.record)

    def _race(self) -> list[TrialRequest]:
        """Return further fits for those that contend, until the leader is clear."""
        state, policy = self._state, self._policy
        if not self._races() or not self._budget.allows(state.usual_fit_seconds()):
            return []
        due = next_round(state.study(), policy, state.given_up)
        requests = [
            TrialRequest(
                trial.number,
                trial.role,
                trial.recipe,
                trial.strategy.get("epochs", trial.recipe["epochs"]),
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
        found = any(is_costly(t.recipe) for t in self._state.trials.values() if not t.members)
        frozen = self._space.domain("unfreeze") == Choice(0)
        scratch = any(BACKBONES[name].from_scratch for name in self._space.backbones)
        return policy.fits > policy.costly_fits and (found or scratch or not frozen)


def _is_ensemble(one: Trial | TrialRequest) -> bool:
    return isinstance(one, Trial) and bool(one.members)


def _record_of(one: Trial | TrialRequest) -> dict[str, Any]:
    return one.strategy if isinstance(one, Trial) else one.record
