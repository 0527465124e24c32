"""The trials of an open study: the label check and the loop."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...reports import (
    ENSEMBLE,
    Header,
    Study,
    StudyStore,
    TensorBoardLog,
    read_label_check,
    varied_names,
)
from ...search_spaces import BACKBONES
from ..backbones.layer_costs import LayerCosts
from ..cancellation import stopping_politely
from ..errors import TrialFailure
from ..events import LabelsChecked, OnEvent, SearchStarted
from ..scheduling.baselines import fine_tuned_baseline, plain_baselines
from ..scheduling.budget import Budget
from ..scheduling.cost_model import CostModel
from ..scheduling.listeners import log_to, show_in, to_all
from ..scheduling.loop import TrialLoop
from ..scheduling.replay import replayed_strategy
from ..scheduling.scheduler import Scheduler
from ..scheduling.state import SearchState
from ..strategies.strategy import LISTED
from ..trials.task import Task
from ..workers.executor import Executor
from .check_labels import check_labels
from .options import SearchOptions
from .prepare import Prepared


class RunningSearch:
    """The trials of an open study, from the label check to the ensembles."""

    def __init__(
        self,
        options: SearchOptions,
        prepared: Prepared,
        header: Header,
        layers: Mapping[str, LayerCosts],
        store: StudyStore,
        executor: Executor,
        budget: Budget,
        on_event: OnEvent,
    ):
        self._options, self._prepared, self._store = options, prepared, store
        self._executor, self._budget, self._on_event = executor, budget, on_event
        study = self._study = Study.from_facts(store.facts)
        space = options.space
        self.task = Task.of(study.header, prepared.images, options.execution.cache)
        self.folds = np.ascontiguousarray(prepared.images.folds[:, self.task.pool])
        self._state = SearchState(study)
        costs = CostModel(
            space,
            layers,
            images=len(self.task.pool),
            classes=len(study.classes),
            policy=prepared.policy,
            epochs=study.header.limits.epochs,
            limited=not options.comparison,
        )
        strategy = replayed_strategy(study, space, costs)
        scheduler = Scheduler(
            self._state,
            space,
            costs,
            strategy,
            budget,
            epochs=study.header.limits.epochs,
            baselines="none" if options.comparison else "all",
            on_event=on_event,
        )
        self._state.waiting = [scheduler.again(start) for start in study.begun]
        tensorboard = TensorBoardLog(
            study.paths.tensorboard,
            objective=study.objective,
            hyperparameters={name: d.as_dict() for name, d in space.shown().items()},
            recipes=self._known_recipes(),
        )
        self.loop = TrialLoop(
            self._state,
            scheduler,
            strategy,
            self.task,
            self.folds,
            executor=executor,
            budget=budget,
            emit=to_all([log_to(store, header), show_in(tensorboard), on_event]),
        )

    def _known_recipes(self) -> list[dict[str, Any]]:
        """Return recipes that the search has run or surely may run, beside the strategy's proposals."""
        space, epochs = self._options.space, self._study.header.limits.epochs
        recipes = [space.recipe(run, epochs=epochs) for run in space.listed()]
        if not self._options.comparison:
            recipes += plain_baselines(space, epochs)
            recipes += [
                fine_tuned_baseline(space, name, epochs)
                for name in space.backbones
                if not (BACKBONES[name].from_scratch or BACKBONES[name].only_frozen)
            ]
        ensembles = [{"classifier": ENSEMBLE}] if self._combines else []
        done = [dict(trial.recipe) for trial in self._study.trials]
        return [*done, *(recipe.as_dict() for recipe in recipes), *ensembles]

    def run(self) -> None:
        """Run the trials.

        Raises:
            KeyboardInterrupt: a signal asked the search to stop; what was running is kept.
        """
        with stopping_politely(self.loop.stop):
            if not self._options.comparison:
                self.check_labels()
            self._announce()
            self.loop.run(self._options.stopping.max_trials)
            if self._combines and not self.loop.stopping:
                self.loop.combine(self._options.cost_limits)
        if self.loop.stopping:
            raise KeyboardInterrupt

    @property
    def is_preliminary(self) -> bool:
        """Whether the budget ended before the first trial, so that the same command is likely to find a better one."""
        return self._budget.reported and not self._state.searched()

    @property
    def _combines(self) -> bool:
        return not self._options.comparison and not self._options.cost_limits.single

    def check_labels(self) -> None:
        """Ask a probe about the labels, unless the study knows already or nothing is pretrained."""
        folder = self._options.execution.study
        check, cause = read_label_check(folder), None
        probes = [r for r in plain_baselines(self._options.space, 1) if r.classifier == "logistic"]
        # Under a budget the features are no loss: the first probe needs them, whatever the time.
        if check is None and probes and self.task.weights != "none" and self._budget.allows(0.0):
            split = self._prepared.split
            try:
                check = check_labels(
                    self.task,
                    self._prepared.dataset,
                    np.sort(np.concatenate([split.train, split.validation])),
                    probes[0],
                    executor=self._executor,
                    on_event=self._on_event,
                )
            except TrialFailure as failure:  # the trials will tell more, or do without
                cause = str(failure)
            if check is not None:
                check.write(folder)
        self._on_event(LabelsChecked(check, cause))

    def _announce(self) -> None:
        header, space = self._study.header, self._options.space
        listed = header.strategy == LISTED
        searched = varied_names(space.listed()) if listed else space.searched()
        self._on_event(
            SearchStarted(
                folder=self._study.folder,
                objective=self._study.objective,
                policy=header.policy,
                searched=tuple(searched),
                done=len(self._state.searched()),
                max_trials=self._options.stopping.max_trials,
                deadline=self._budget.deadline,
                best=self._state.best(),
            )
        )
