"""The report while a real search runs, in a real browser, and what is left of it however the search ends."""

from __future__ import annotations

import json
import time

import pytest

from transfertune.reports import StudyPaths
from transfertune.reports.page import living
from transfertune.tuner.events import RetrainingStarted, TrialEnded
from transfertune.tuner.scheduling import living_report

ROWS = "return document.querySelectorAll('#ranked tbody tr').length"
PLACE = "return Math.round(document.querySelector('#leaderboard h2').getBoundingClientRect().top)"
RUNNING = "return document.getElementById('running') !== null"


@pytest.fixture
def quick(monkeypatch):
    """The page is written and reloaded without long pauses."""
    monkeypatch.setattr(living_report, "EVERY", 0.1)
    monkeypatch.setattr(living_report, "SHARE", 1.0)
    monkeypatch.setattr(living, "RELOAD_SECONDS", 1)


def _until(holds, what):
    """Wait until `holds` returns something true."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def _watch(browser):
    """Scroll down, mark the page that is loaded now, and return where its table then stands on the screen."""
    browser.execute_script("window.scrollTo(0, 300); window.seen = true")
    _until(lambda: browser.execute_script("return window.scrollY") == 300, "scrolled")
    return browser.execute_script(PLACE)


def _reloaded(browser):
    return not browser.execute_script("return window.seen === true")


def test_the_page_follows_a_running_search(run_search, browser, tmp_path, quick):
    """Three rows after the third trial, a fourth without a hand, and rest after the end; quiet and on its own."""
    folder = tmp_path / "study"
    page = StudyPaths(folder).report_page
    browser.set_window_size(1280, 900)
    browser.get_log("browser"), browser.get_log("performance")

    places = []

    def look(event):
        if not isinstance(event, TrialEnded):
            return
        if event.trial.number == 3:
            _until(
                lambda: page.exists() and page.read_text("utf-8").count("<tr data-trial=") == 3,
                "rows",
            )
            browser.get(page.as_uri())
            assert browser.execute_script(ROWS) == 3
            assert "The search is running" in browser.find_element("id", "running").text
            assert "is the best so far" in browser.find_element("css selector", ".lead").text
            browser.find_element("css selector", "#ranked th:nth-child(2) button").click()
            places.append(_watch(browser))
        if event.trial.number == 4:
            _until(lambda: browser.execute_script(ROWS) == 4, "a fourth row")
            assert _reloaded(browser)
            assert browser.execute_script(PLACE) == pytest.approx(places[-1], abs=60)
            sorted_by = "return document.querySelector('#ranked th[aria-sort]').textContent"
            assert browser.execute_script(sorted_by) == "Trial"
            places.append(_watch(browser))

    run_search(folder, on_event=look)
    _until(lambda: not browser.execute_script(RUNNING), "the final report")
    assert browser.execute_script(ROWS) > 4
    assert browser.execute_script(PLACE) == pytest.approx(places[-1], abs=60)
    _watch(browser)
    time.sleep(3)
    assert not _reloaded(browser)
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert len(asked) > 2
    assert {url for url in asked if not url.startswith("data:")} == {page.as_uri()}


@pytest.mark.parametrize("ends", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("at", [TrialEnded, RetrainingStarted])
def test_the_report_is_final_however_the_search_ends(run_search, tmp_path, quick, ends, at):
    """Ctrl-C or an error, among the trials or while the winner is retrained: the page no longer says that it runs."""
    folder = tmp_path / "study"

    def end(event):
        if isinstance(event, at) and (at is RetrainingStarted or event.trial.number == 2):
            raise ends

    with pytest.raises(ends):
        run_search(folder, on_event=end, retrain_winner=True)
    text = StudyPaths(folder).report_page.read_text("utf-8")
    assert 'id="running"' not in text
    assert text.count("<tr data-trial=") >= 2
    assert "Trade-offs" in text
