"""What the scheduler says to run next, from a state that the test makes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from transfertune.datasets import Policy
from transfertune.reports import Start
from transfertune.tuner.events import FurtherFitsPlanned, OutOfTime
from transfertune.tuner.scheduling.budget import Budget
from transfertune.tuner.scheduling.scheduler import Scheduler
from transfertune.tuner.scheduling.state import SearchState
from transfertune.tuner.strategies.strategy import LISTED, Strategy
from transfertune.tuner.workers.executor import Running

ONE_FIT = Policy("hold-outs", 5, 1, first_fits=1, costly_fits=1, fits=1)


class Case:
    """A scheduler over two listed runs, its state, and the events that it sent."""

    def __init__(self, study, space, costs, *, seconds=None, baselines="all"):
        self.state, self.events, self.time = SearchState(study), [], 0.0
        strategy = Strategy(LISTED, space, direction="min", trials=None, epochs=3, seed=0)
        budget = Budget(0.0, seconds, now=lambda: self.time)
        self.scheduler = Scheduler(
            self.state,
            space,
            costs,
            strategy,
            budget,
            epochs=3,
            baselines=baselines,
            on_event=self.events.append,
        )

    def next(self, limit: int | None = None):
        """Return the next request."""
        return self.scheduler.next(limit)

    def run(self, limit: int | None = None, loss: float = 0.5) -> list[str]:
        """End whatever is next until nothing is; return what was run."""
        names = []
        while (request := self.next(limit)) is not None:
            self.end(request, loss)
            names.append(kind_of(request))
        return names

    def end(self, request, loss: float = 0.5) -> None:
        """Let a request end with a loss."""
        self.state.trials[request.number] = self.make_trial(
            request.number, loss, role=request.role, recipe=request.recipe, strategy=request.record
        )


def kind_of(request) -> str:
    """Return the classifier of a baseline, `fine-tuned` for the trained one, and `search` for a proposal."""
    kind = request.recipe["classifier"]
    if request.role == "baseline":
        return "fine-tuned" if kind == "head" else kind
    return request.role


@pytest.fixture
def new_case(empty_study, listed_space, new_trial, new_costs):
    """Return the maker of cases, called with what differs."""

    def make(trials=(), **options) -> Case:
        costs = new_costs(options.pop("policy", ONE_FIT))
        case = Case(empty_study(trials), listed_space, costs, **options)
        case.make_trial = new_trial
        return case

    return make


PLAIN = ["logistic", "neighbours", "most_frequent"]


def test_what_can_only_be_frozen_is_not_fine_tuned(empty_study, listed_space, new_trial, new_costs):
    """The fine-tuned baseline takes the best probe among the backbones that have layers to train."""
    for names, tuned in ((("dinov2_small",), []), (("dinov2_small", "drawn_net"), ["drawn_net"])):
        space = listed_space.narrow({"backbone": names, "image_size": [32]})
        case = Case(empty_study(), space, new_costs(ONE_FIT, space=space))
        case.make_trial = new_trial
        case.run(limit=0)
        heads = [t for t in case.state.trials.values() if t.recipe.get("head_start") == "probe"]
        assert [trial.recipe["backbone"] for trial in heads] == tuned


def test_baselines_come_first(new_case):
    """The plain ones, the fine-tuned one, and then the strategy's proposals, until there are none."""
    assert new_case().run() == [*PLAIN, "fine-tuned", "search", "search"]


@pytest.mark.parametrize(("baselines", "names"), [("plain", PLAIN), ("none", [])])
def test_baselines_can_be_left_out(new_case, baselines, names):
    """The fine-tuned one, or all of them."""
    assert new_case(baselines=baselines).run() == [*names, "search", "search"]


def test_the_fine_tuned_baseline_waits_for_the_others(new_case):
    """It needs the backbone of the best probe, so nothing but proposals can run beside the last plain one."""
    case = new_case()
    for _ in PLAIN[:-1]:
        case.end(case.next())
    probe = case.next()
    case.state.running[Running(print, ())] = probe
    assert kind_of(case.next()) == "search"
    case.state.running.clear()
    case.end(probe)
    assert kind_of(case.next()) == "fine-tuned"


def test_max_trials_counts_proposals(new_case):
    """Baselines are not counted; running trials are."""
    assert new_case().run(limit=1) == [*PLAIN, "fine-tuned", "search"]
    case = new_case(baselines="none")
    case.state.running[Running(print, ())] = case.next(limit=1)
    assert case.next(limit=1) is None
    assert case.next(limit=2).number == 2


def test_under_a_budget_fine_tuning_comes_last(new_case):
    """It may take all the time that is left."""
    assert new_case(seconds=100.0).run() == [*PLAIN, "search", "search", "fine-tuned"]


def test_waiting_requests_come_first(new_case, new_request):
    """In their order, whatever else is missing, and a trial of the log keeps its number."""
    case = new_case()
    start = Start(1, "search", new_request().recipe, {"epochs": 2})
    again = case.scheduler.again(start)
    assert (again.number, again.epochs, again.begun) == (1, 2, True)
    case.state.waiting = [again, new_request(2)]
    assert [case.next().number for _ in range(2)] == [1, 2]
    assert kind_of(case.next()) == "logistic"


def tied_case(new_case, make_study, policy):
    """Return a case with two trials that cannot be told apart, and proposals used up."""
    return new_case(make_study([0.8, 0.8]).trials, policy=policy, baselines="none")


def test_further_fits_start_when_nothing_runs(new_case, make_study, new_request):
    """The tied trials get the next round of folds, announced once."""
    policy = Policy("cross-validation", 5, 4, first_fits=5, costly_fits=5, fits=20)
    case = tied_case(new_case, make_study, policy)
    case.state.running[Running(print, ())] = new_request(3)
    assert case.next(limit=0) is None
    case.state.running.clear()
    requests = [case.next(limit=0), case.next(limit=0)]
    assert sorted(request.number for request in requests) == [1, 2]
    assert all(request.slots == policy.slots[5:10] for request in requests)
    assert all(request.trial is not None for request in requests)
    assert case.events == [FurtherFitsPlanned(tuple(r.number for r in requests), 10)]


def test_out_of_time_is_said_once(new_case):
    """Then there is nothing to run, neither baselines nor proposals."""
    case = new_case(seconds=100.0)
    case.end(case.next())
    case.time = 99.0
    assert [case.next(limit=2), case.next(limit=2)] == [None, None]
    assert case.events == [OutOfTime(0, 2, seconds=99.0)]


def test_one_probe_runs_however_short_the_budget_is(new_case):
    """So that a search ends with a usable model; while it runs, nothing else starts."""
    case = new_case(seconds=1.0)
    case.time = 50.0
    first = case.next()
    assert kind_of(first) == "logistic"
    case.state.running[Running(print, ())] = first
    assert case.next() is None
    case.state.running.clear()
    case.end(first)
    assert case.next() is None
    assert case.events == [OutOfTime(0, None, seconds=50.0)]


def test_the_time_left_counts_what_is_still_to_come(new_case, new_trial):
    """Trials at their mean time, folds that a leader lacks, and retraining; at most what the budget leaves."""
    trials = [new_trial(n, 0.5, fits=5, seconds=s) for n, s in ((1, 10.0), (2, 20.0))]
    case = new_case(trials)
    assert case.scheduler.seconds_left(None, 1) is None
    assert case.scheduler.seconds_left(6, 1) == 4 * 15.0
    assert case.scheduler.seconds_left(6, 2) == 2 * 15.0
    dear = new_trial(3, 0.5, fits=5, seconds=1000.0)
    assert new_case([*trials, dear]).scheduler.seconds_left(6, 1) == pytest.approx(110.0)
    partly = tuple(replace(fit, seconds=7.0) for fit in trials[1].fits[:3])
    case.state.trials[3] = new_trial(3, 0.4, role="baseline", fits=0)
    case.state.trials[3] = replace(case.state.trials[3], fits=partly)
    # The baseline stands for three more trials.
    assert case.scheduler.seconds_left(6, 1) == pytest.approx(4 * (30 + 3 * 21) / 5)
    assert new_case(trials, seconds=40.0).scheduler.seconds_left(6, 1) == 40.0


def test_a_leader_that_lacks_folds_keeps_time_for_them(new_case, new_trial):
    """A trial starts only if these folds still fit after it; those that are behind keep nothing."""
    for loss, starts in ((0.4, False), (0.6, True)):
        partly = new_trial(1, loss, fits=3, seconds=10.0)
        partly = replace(partly, fits=tuple(replace(fit, seconds=20.0) for fit in partly.fits))
        case = new_case(
            [partly, new_trial(2, 0.5, fits=5, seconds=10.0)],
            seconds=100.0,
            baselines="none",
            policy=Policy("cross-validation", 5, 1, first_fits=5, costly_fits=1, fits=5),
        )
        case.time = 60.0
        assert (case.next(limit=5) is not None) == starts


def test_out_of_time_waits_for_what_runs(new_case):
    """While a trial runs, the end of the search is not announced."""
    case = new_case(seconds=100.0, baselines="none")
    case.state.running[Running(print, ())] = case.next()
    case.time = 99.0
    assert case.next() is None
    assert case.events == []
    case.state.running.clear()
    assert case.next() is None
    assert len(case.events) == 1
