"""What a study still has to do: baselines, what the strategy proposes, and further fits of those that contend."""

from collections.abc import Callable
from typing import Any

from ...datasets import Policy
from ...reports import Start, Trial
from ...search_spaces import Recipe, Space
from ..strategies.strategy import Strategy
from .baselines import fine_tuned_baseline, plain_baselines
from .budget import Budget
from .race import next_round
from .state import Ledger, Work

OnEvent = Callable[[str, dict[str, Any]], None]


class Agenda:
    """Says what to run next.

    Args:
        ledger: what has been done so far.
        space: what is searched.
        policy: how often a recipe is fitted.
        strategy: what proposes recipes.
        budget: how long it may take.
        epochs: the most epochs of a fit.
        baselines: whether plain classifiers run first.
        on_event: told when time is up, and of each round of further fits.
    """

    def __init__(
        self,
        ledger: Ledger,
        space: Space,
        policy: Policy,
        strategy: Strategy,
        budget: Budget,
        *,
        epochs: int,
        baselines: bool,
        on_event: OnEvent,
    ):
        self._ledger, self._space, self._policy = ledger, space, policy
        self._strategy, self._budget, self._epochs = strategy, budget, epochs
        self._baselines, self._on_event = baselines, on_event

    def next(self, limit: int | None) -> Work | None:
        """Return what to run next, None when nothing can be started now.

        At most `limit` trials are begun beside the baselines.
        """
        ledger = self._ledger
        if ledger.waiting:
            return ledger.waiting.pop(0)
        work = self._baseline() or self._proposal(limit)
        if work is None and not ledger.running:
            work = self._baseline(search_is_over=True)
        if work is None and not ledger.running:
            ledger.waiting = self._race()
            work = ledger.waiting.pop(0) if ledger.waiting else None
        return work

    def again(self, start: Start) -> Work:
        """Return the work of a trial that the log knows to have begun."""
        return self._work(start.number, start.role, start.recipe, start.strategy, begun=True)

    def _work(
        self, number: int, role: str, recipe: dict, record: dict, begun: bool = False
    ) -> Work:
        return Work(
            number=number,
            role=role,
            recipe=recipe,
            epochs=record.get("epochs", recipe["epochs"]),
            slots=self._policy.slots[: self._policy.first_fits],
            record=record,
            begun=begun,
        )

    def _baseline(self, *, search_is_over: bool = False) -> Work | None:
        """Return a baseline that is missing; under a budget the fine-tuned one comes last, since it may take it all."""
        if not self._baselines:
            return None
        mine = [one for one in self._ledger.all() if one.role == "baseline"]
        # One that ran out of memory was run with another recipe than the one it stands for.
        known = {Recipe.from_dict(one.recipe).key for one in mine}
        known |= {_record_of(one).get("key") for one in mine}
        recipes = plain_baselines(self._space, self._epochs)
        missing = [recipe for recipe in recipes if recipe.key not in known]
        running = any(work.role == "baseline" for work in self._ledger.running.values())
        if not missing and not running and (search_is_over or self._budget.deadline is None):
            missing = [recipe for recipe in self._fine_tuned() if recipe.key not in known]
        if not missing or not self._budget.allows(0.0):
            return None
        recipe = missing[0]
        record = {"name": "baseline", "epochs": recipe.epochs, "key": recipe.key}
        return self._work(self._ledger.next_number(), "baseline", recipe.as_dict(), record)

    def _fine_tuned(self) -> list[Recipe]:
        """Return the fixed fine-tuning recipe, on the backbone whose probe did best."""
        probes = [
            trial
            for trial in self._ledger.trials.values()
            if trial.role == "baseline" and trial.scored
            if trial.recipe.get("classifier") == "logistic"
        ]
        best = min(probes, key=lambda trial: trial.by_loss, default=None)
        if best is None:
            return []
        return [fine_tuned_baseline(self._space, best.recipe["backbone"], self._epochs)]

    def _proposal(self, limit: int | None) -> Work | None:
        ledger, budget = self._ledger, self._budget
        running = sum(work.role == "search" for work in ledger.running.values())
        searched = len(ledger.searched()) + running
        if limit is not None and searched >= limit:
            return None
        if not budget.allows_search(ledger.usual_seconds(), self._races()):
            if not ledger.running and not budget.reported:
                budget.reported = True
                self._on_event("out_of_time", {"done": searched, "trials": limit})
            return None
        number = ledger.next_number()
        proposal = self._strategy.propose(number)
        if proposal is None:
            return None
        recipe = self._space.recipe(proposal.values, epochs=self._epochs)
        return self._work(number, "search", recipe.as_dict(), proposal.record)

    def _race(self) -> list[Work]:
        """Return further fits for those that contend, until the leader is clear."""
        ledger, policy = self._ledger, self._policy
        usual = ledger.usual_seconds() / policy.first_fits
        if not self._races() or not self._budget.allows(usual):
            return []
        contenders, slots = next_round(ledger.study(), policy, ledger.given_up)
        works = [
            Work(
                trial.number,
                trial.role,
                trial.recipe,
                trial.strategy.get("epochs", trial.recipe["epochs"]),
                slots[len(trial.fits) :],
                trial=trial,
                begun=True,
            )
            for trial in contenders
        ]
        if works:
            numbers = [work.number for work in works]
            self._on_event("race", {"trials": numbers, "fits": len(slots)})
        return works

    def _races(self) -> bool:
        return self._policy.fits > self._policy.first_fits


def _record_of(one: Trial | Work) -> dict[str, Any]:
    return one.strategy if isinstance(one, Trial) else one.record
