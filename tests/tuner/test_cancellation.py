"""Ctrl-C and SIGTERM: the first one stops a search after its epoch and loses nothing, the second ends it at once."""

from __future__ import annotations

import signal
import threading

import pytest

from transfertune.reports import load_study
from transfertune.tuner.cancellation import stopping_politely
from transfertune.tuner.events import EpochEnded

OPTIONS = {"trials": 2, "folds": 2, "epochs": 3}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_insists(number):
    """Only the second one interrupts; afterwards the signals mean what they meant before."""
    before = signal.getsignal(number)
    asked = []
    with pytest.raises(KeyboardInterrupt), stopping_politely(lambda: asked.append(1)):
        signal.raise_signal(number)
        assert asked == [1]
        signal.raise_signal(number)
        pytest.fail("the second signal did nothing")
    assert asked == [1]
    assert signal.getsignal(number) is before


def test_other_threads_leave_signals_alone():
    """A search in a notebook's thread cannot take signals, and runs all the same."""
    before, seen = signal.getsignal(signal.SIGINT), []

    def body():
        with stopping_politely(lambda: None):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert seen == [before]


def signals_at(kind: type, count: int, signals: int = 1):
    """Return a listener that raises signals at the `count`-th event of a kind, and all events it has seen."""
    seen = []

    def listen(event):
        seen.append(type(event))
        if isinstance(event, kind) and seen.count(kind) == count:
            for _ in range(signals):
                signal.raise_signal(signal.SIGINT)

    return listen, seen


def facts(study):
    """Return what must not depend on the interruption."""
    return [(t.number, t.recipe, t.score, t.loss, t.strategy) for t in study.trials]


@pytest.fixture(scope="module")
def whole(run_search, tmp_path_factory):
    """The search of this file without an interruption."""
    return run_search(tmp_path_factory.mktemp("whole") / "study", **OPTIONS)


@pytest.mark.parametrize("count", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_a_polite_stop_goes_on(whole, run_search, tmp_path, count):
    """After a signal in the middle of a trial its epoch is finished and the report written; the search goes on."""
    folder = tmp_path / "study"
    listen, seen = signals_at(EpochEnded, count)
    with pytest.raises(KeyboardInterrupt):
        run_search(folder, on_event=listen, **OPTIONS)
    assert seen[-1] is EpochEnded
    assert (folder / "report" / "report.html").exists()
    stopped = load_study(folder)
    assert len(stopped.begun) == 1
    number = stopped.begun[0].number
    assert any((folder / "trials" / f"{number:04d}").iterdir())
    assert facts(run_search(folder, **OPTIONS)) == facts(whole)


def test_a_second_signal_ends_it_at_once(whole, run_search, tmp_path):
    """Two signals in one epoch do not wait for its end, write the report, and lose that trial's epochs at most."""
    folder = tmp_path / "study"
    listen, _ = signals_at(EpochEnded, 2, signals=2)
    with pytest.raises(KeyboardInterrupt):
        run_search(folder, on_event=listen, **OPTIONS)
    assert (folder / "report" / "report.html").exists()
    assert facts(run_search(folder, **OPTIONS)) == facts(whole)
