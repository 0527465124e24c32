"""Listeners: the log hears first, and an event of an unknown class ends nothing."""

from __future__ import annotations

from dataclasses import dataclass

from transfertune.reports import Start, TensorBoardLog
from transfertune.tuner.cli.progress import SearchDisplay
from transfertune.tuner.events import TrialAnnounced, TrialEnded, WorkerDied
from transfertune.tuner.scheduling.listeners import log_to, show_in, to_all


@dataclass(frozen=True)
class Unknown:
    """An event that no listener knows."""


def test_unknown_events_are_passed_over(store, tmp_path, capfd):
    """Neither the log nor TensorBoard nor the display takes notice."""
    before = store.facts
    tensorboard = TensorBoardLog(tmp_path / "tensorboard", objective="accuracy", hyperparameters={})
    display = SearchDisplay().on_event
    to_all([log_to(store, before.header), show_in(tensorboard), display])(Unknown())
    assert store.facts == before
    assert not list(tmp_path.glob("tensorboard/*"))
    assert capfd.readouterr() == ("", "")


def test_the_log_has_the_line_before_later_listeners_hear(store, new_trial):
    """Whoever hears of a trial finds it on the disk."""
    log, heard = store.facts.paths.log, []
    emit = to_all([log_to(store, store.facts.header), lambda _: heard.append(log.read_text())])
    before = log.read_text()
    emit(TrialAnnounced(Start(1, "search", {}, {})))
    emit(WorkerDied(1, "hung"))
    emit(TrialEnded(new_trial(1), None))
    assert heard[0].startswith(before)
    counts = [len(text.splitlines()) - len(before.splitlines()) for text in heard]
    assert counts == [1, 2, 3]
    assert store.facts.deaths == {1: ("hung",)}
    assert [trial.number for trial in store.facts.trials] == [1]
