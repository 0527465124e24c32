"""A search that was stopped goes on as if it had not been, trial for trial, with every strategy."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.reports import CostLimits, StudyError, load_study
from transfertune.tuner.events import EpochEnded, TrialEnded, TrialStarted
from transfertune.tuner.strategies.strategy import STRATEGIES

LISTS = {"dropout": ["0.1"], "learning_rate": ["0.003", "0.03"]}
OPTIONS = {
    "bayesian": {"trials": 6, "settings": {"dense": ["8"], "batch_size": ["8"]}},
    "grid": {"trials": 5, "settings": LISTS},
    "hyperband": {"trials": 8, "epochs": 3},
    "random": {"trials": 4},
}


class Stop(KeyboardInterrupt):
    """What Control-C raises, from a place the test chooses."""


def stop_at(kind: type, count: int):
    """Return a listener that interrupts at the `count`-th event of a kind."""
    seen = []

    def listen(event):
        seen.append(type(event))
        if seen.count(kind) == count and isinstance(event, kind):
            raise Stop

    return listen


def facts(study):
    """Return all that must agree: numbers, recipes, scores, fits and proposals, less the clock."""
    return [
        (
            trial.number,
            trial.status,
            trial.recipe,
            trial.score,
            trial.reported,
            [(fit.seed, fit.score, fit.metrics, fit.epochs, fit.best_epoch) for fit in trial.fits],
            trial.strategy,
        )
        for trial in study.trials
    ]


@pytest.fixture(scope="module")
def whole(run_search, tmp_path_factory):
    """Uninterrupted searches by strategy, each run once."""
    studies = {}

    def get(strategy: str):
        if strategy not in studies:
            folder = tmp_path_factory.mktemp("whole") / strategy
            studies[strategy] = run_search(folder, strategy=strategy, **OPTIONS[strategy])
        return studies[strategy]

    return get


def interrupted(run_search, folder, strategy, listener):
    """Start a search and have it interrupted."""
    with pytest.raises(Stop):
        run_search(folder, strategy=strategy, on_event=listener, **OPTIONS[strategy])


@pytest.mark.parametrize(
    "strategy",
    [
        pytest.param(name, marks=[] if name == "hyperband" else pytest.mark.slow)
        for name in STRATEGIES
    ],
)
def test_going_on_equals_an_uninterrupted_search(whole, run_search, tmp_path, strategy):
    """Stopped among the baselines, between trials, and within the next but one, the study ends the same."""
    folder = tmp_path / "study"
    interrupted(run_search, folder, strategy, stop_at(TrialStarted, 2))
    assert len(load_study(folder).trials) == 1
    interrupted(run_search, folder, strategy, stop_at(TrialEnded, 5))
    assert len(load_study(folder).trials) == 6
    interrupted(run_search, folder, strategy, stop_at(TrialStarted, 2))
    assert len(load_study(folder).trials) == 7
    assert facts(run_search(folder, strategy=strategy, **OPTIONS[strategy])) == facts(
        whole(strategy)
    )


def test_hyperband_continues_trials(whole):
    """The comparison above is worth something: some trials go on from others, past their epochs."""
    study = whole("hyperband")
    continued = [t for t in study.trials if t.strategy.get("continues")]
    assert continued
    for trial in continued:
        parent = study.trial(trial.strategy["continues"])
        assert trial.recipe == parent.recipe
        assert trial.fits[0].epochs > parent.fits[0].epochs


@pytest.mark.slow
def test_a_trial_that_goes_on_is_the_same_fit(whole, run_search, tmp_path):
    """Without the state of the trial it continues, the same training from the start gives the same score."""
    folder, study = tmp_path / "study", whole("hyperband")
    first = next(t.number for t in study.trials if t.strategy.get("continues"))
    interrupted(run_search, folder, "hyperband", stop_at(TrialEnded, first - 1))
    states = list(folder.glob("trials/*/state-*.npz"))
    assert states
    for state in states:
        state.unlink()
    assert facts(run_search(folder, strategy="hyperband", **OPTIONS["hyperband"])) == facts(study)


FOLDED = {
    "hyperband": {"trials": 7, "epochs": 3, "folds": 2},
    "random": {"trials": 2, "epochs": 3, "folds": 3, "repeats": 2},
}


@pytest.mark.slow
@pytest.mark.parametrize(("strategy", "epochs"), [("random", (4, 9)), ("hyperband", (7, 12))])
def test_a_stop_between_two_epochs_of_a_trial_changes_nothing(
    run_search, tmp_path, strategy, epochs
):
    """With folds, promotions and further fits: killed in the middle of fits, a search ends with the same bits."""
    options = {"strategy": strategy, **FOLDED[strategy]}
    folder = tmp_path / "study"
    for count in epochs:
        with pytest.raises(Stop):
            run_search(folder, on_event=stop_at(EpochEnded, count), **options)
        (begun,) = load_study(folder).begun
        assert begun.number == 1 + len(load_study(folder).trials)
    again, study = run_search(folder, **options), run_search(tmp_path / "whole", **options)
    assert facts(again) == facts(study)
    if strategy == "hyperband":
        continued = [t for t in study.trials if t.strategy.get("continues")]
        assert continued
        assert all(len(trial.fits) >= 2 for trial in continued)
    for trial in study.trials:
        ours, theirs = (s.predictions(trial.number)["probabilities"] for s in (again, study))
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_a_torn_line_costs_one_trial_that_is_run_again(whole, run_search, tmp_path):
    """A log cut in the middle of its last line goes on with that trial."""
    folder = tmp_path / "study"
    interrupted(run_search, folder, "random", stop_at(TrialEnded, 7))
    log = folder / "trials.jsonl"
    log.write_bytes(log.read_bytes()[:-40])
    assert facts(run_search(folder, strategy="random", **OPTIONS["random"])) == facts(
        whole("random")
    )


def test_more_trials_go_on_with_a_finished_search(whole, run_search, tmp_path):
    """Two trials and then four are the four that one search gives; ensembles of two stand between them."""
    folder = tmp_path / "study"
    first = run_search(folder, strategy="random", trials=2)
    assert first.trials[-1].members
    study = run_search(folder, strategy="random", trials=4)
    singles, expected = ([t for t in facts(s) if len(t[2]) > 1] for s in (study, whole("random")))
    assert [trial[1:] for trial in singles] == [trial[1:] for trial in expected]


@pytest.mark.slow
def test_lost_side_files_are_written_again(whole, run_search, tmp_path):
    """The log is the truth: study.json and images.csv come back from it and the images."""
    folder = tmp_path / "study"
    run_search(folder, strategy="random", trials=1)
    kept = {name: (folder / name).read_bytes() for name in ("study.json", "images.csv")}
    for name in kept:
        (folder / name).unlink()
    run_search(folder, strategy="random", trials=1)
    assert {name: (folder / name).read_bytes() for name in kept} == kept


@pytest.mark.slow
def test_limits_that_no_trial_keeps_hide_no_interruption(run_search, tmp_path):
    """The stop is what the caller hears, and the report is written without the limits; a finished search says so."""
    folder, limits = tmp_path / "study", CostLimits(milliseconds=1e-9)
    with pytest.raises(Stop):
        run_search(folder, limits=limits, trials=1, on_event=stop_at(TrialEnded, 2))
    page = folder / "report" / "report.html"
    assert page.is_file()
    page.unlink()
    with pytest.raises(StudyError, match=r"comes closest with .* ms an image\. .*report\.html$"):
        run_search(folder, limits=limits, trials=1)
    assert page.is_file()
