"""The state of a search: numbers, the best trial, deaths, and when to give up."""

from __future__ import annotations

import pytest

from transfertune.reports import Start
from transfertune.tuner.errors import SearchError
from transfertune.tuner.scheduling.state import HOPELESS_AFTER, SearchState
from transfertune.tuner.workers.executor import Running


@pytest.fixture
def new_state(empty_study):
    """Return the maker of states, called with trials and what else the log says."""
    return lambda trials=(), **facts: SearchState(empty_study(trials, **facts))


def test_a_number_is_used_once(new_state, new_trial, new_request):
    """Trials that ended, run or wait all have one; the next trial has the next number."""
    state = new_state()
    assert state.next_number() == 1
    state.trials[3] = new_trial(3)
    assert state.next_number() == 4
    state.waiting.append(new_request(7))
    assert state.next_number() == 8
    state.running[Running(print, ())] = new_request(9)
    assert state.next_number() == 10


def test_a_trial_that_was_cut_off_keeps_its_number(new_state, new_trial):
    """Whatever comes next has another one, also after a restart: an ensemble must not take it."""
    state = new_state([new_trial(1)])
    state.announce(2)
    assert state.next_number() == 3
    begun = (Start(5, "search", {}),)
    assert new_state([new_trial(1)], begun=begun).next_number() == 6


def test_the_best_has_the_lowest_loss_of_the_most_fits(new_state, new_trial):
    """A lower loss of fewer fits does not count, nor does a failure."""
    assert new_state().best() is None
    assert new_state([new_trial(1, None)]).best() is None
    trials = [new_trial(1, 0.4), new_trial(2, 0.3), new_trial(3, None)]
    assert new_state(trials).best().number == 2
    assert new_state([*trials, new_trial(4, 0.35, fits=5)]).best().number == 4


def test_baselines_are_not_searched(new_state, new_trial):
    """Neither for the number of trials nor for the usual time."""
    state = new_state()
    assert state.usual_seconds() == 0.0
    for number, seconds in enumerate((9.0, 1.0, 5.0), 1):
        state.trials[number] = new_trial(number, seconds=seconds)
    state.trials[4] = new_trial(4, role="baseline", seconds=99.0)
    assert [trial.number for trial in state.searched()] == [1, 2, 3]
    assert state.usual_seconds() == 5.0


def test_two_deaths_are_too_many(new_state):
    """The first death is forgiven, also after a restart."""
    state = new_state()
    state.died(1, "killed by signal 9")
    assert not state.too_deadly(1)
    state.died(1, "killed by signal 11")
    assert state.too_deadly(1)
    again = new_state(deaths={1: ("hung",), 2: ("hung", "hung")})
    assert again.given_up == {2}
    again.died(1, "hung")
    assert again.too_deadly(1)


@pytest.mark.parametrize(
    ("causes", "says"), [(("hung", "hung"), "twice hung"), (("hung", "killed"), "hung and killed")]
)
def test_deaths_are_the_cause_of_the_failure(new_state, causes, says):
    """A trial that died twice fails, and its cause names both deaths."""
    outcome = new_state(deaths={1: causes}).outcome_of_deaths(1)
    assert (outcome.score, outcome.cause) == (None, says)


def test_failures_without_any_success_end_the_search(new_state, new_trial):
    """Five failed trials end it, and one success prevents that."""
    state = new_state(new_trial(number, None) for number in range(1, HOPELESS_AFTER))
    state.refuse_hopeless()
    state.trials[HOPELESS_AFTER] = new_trial(HOPELESS_AFTER, None)
    with pytest.raises(SearchError, match=r"All 5 trials failed.*it diverged"):
        state.refuse_hopeless()
    state.trials[6] = new_trial(6)
    state.refuse_hopeless()


def test_good_baselines_do_not_hide_failures(new_state, new_trial):
    """When all five searched trials failed, the search ends even where baselines succeeded."""
    failed = [new_trial(number, None) for number in range(2, 7)]
    with pytest.raises(SearchError, match="All 5 trials failed"):
        new_state([new_trial(1, role="baseline"), *failed]).refuse_hopeless()


def test_at_the_end_one_failure_is_enough(new_state, new_trial):
    """A search whose only trial failed has no result; one without trials is no failure."""
    with pytest.raises(SearchError, match="The only trial failed"):
        new_state([new_trial(1, None)]).refuse_hopeless(at_the_end=True)
    new_state().refuse_hopeless(at_the_end=True)


def test_the_study_has_the_trials_in_order(new_state, new_trial):
    """However they ended."""
    state = new_state()
    state.trials = {2: new_trial(2), 1: new_trial(1)}
    assert [trial.number for trial in state.study().trials] == [1, 2]
