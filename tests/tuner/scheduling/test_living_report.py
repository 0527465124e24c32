"""The report of a running search: how often it is written, that it stops, and that a full disk ends nothing."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.reports import CostLimits
from transfertune.tuner.events import RetrainingStarted, SearchStarted, TrialEnded
from transfertune.tuner.scheduling import living_report
from transfertune.tuner.scheduling.living_report import EVERY, SHARE, LivingReport, Pace


@pytest.fixture
def at_once(monkeypatch):
    """Pages follow one another without a pause."""
    monkeypatch.setattr(living_report, "EVERY", 0.0)
    monkeypatch.setattr(living_report, "SHARE", 1e9)


def _started(store):
    facts = store.facts
    return SearchStarted(facts.folder, "accuracy", facts.header.policy, (), 0, 9, None, None)


def _until(page, words):
    """Wait until the page has the words."""
    end = time.monotonic() + 30
    while not (page.is_file() and words in page.read_text("utf-8")):
        assert time.monotonic() < end, f"{page} never said {words!r}"
        time.sleep(0.02)


@given(
    costs=st.lists(st.floats(0.01, 30), min_size=2, max_size=40),
    late=st.floats(0, 100),
)
def test_pages_take_at_most_their_share(costs, late):
    """Whenever a page may be made, all earlier ones took at most 2 % of the time, and they stand seconds apart."""
    now, spent, pace = 1000.0, 0.0, Pace(1000.0)
    for cost in costs:
        assert spent <= SHARE * (now - 1000.0) + 1e-9
        pace.made(now, cost)
        spent += cost
        assert pace.next >= now + EVERY
        now = pace.next + late


def test_a_page_follows_the_search(store, new_trial, at_once):
    """It is there from the start, shows each trial as it ends, says what is done, and is left alone after the end."""
    page = store.paths.report_page
    with LivingReport(store, CostLimits()) as living:
        living.on_event(_started(store))
        _until(page, "No trial has finished yet.")
        for number in (1, 2):
            store.append(new_trial(number))
            living.on_event(TrialEnded(new_trial(number), None))
            _until(page, f'<tr data-trial="{number}"')
        assert "is the best so far. Its validation accuracy is" in page.read_text("utf-8")
        living.on_event(RetrainingStarted(2, 3))
        _until(page, "trial 2 is being retrained")
    assert "living report" not in {thread.name for thread in threading.enumerate()}


def test_a_quiet_search_gives_signs_of_life(store, at_once, monkeypatch):
    """The page is written again although nothing has happened, so that it is not taken for abandoned."""
    monkeypatch.setattr(living_report, "PULSE", 0.05)
    page = store.paths.report_page
    with LivingReport(store, CostLimits()) as living:
        living.on_event(_started(store))
        _until(page, "No trial has finished yet.")
        page.unlink()
        _until(page, "No trial has finished yet.")


def test_a_page_that_cannot_be_written_ends_nothing(store, new_trial, at_once):
    """The folder of the report is in the way of nothing: the search goes on, and later pages are written."""
    store.paths.report.write_text("no folder")
    with LivingReport(store, CostLimits()) as living:
        living.on_event(_started(store))
        time.sleep(0.3)
        store.paths.report.unlink()
        store.append(new_trial(1))
        living.on_event(TrialEnded(new_trial(1), None))
        _until(store.paths.report_page, '<tr data-trial="1"')


def test_a_search_that_never_starts_writes_nothing(store):
    """An error before the first trial leaves an earlier report as it is."""
    with LivingReport(store, CostLimits()):
        pass
    assert not store.paths.report.exists()
