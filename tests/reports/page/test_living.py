"""The page of a running search: what it shows, what it leaves to the end, and when it stops to reload."""

from __future__ import annotations

import re
import time

import pytest

from transfertune.reports import CostLimits, LivingPage, load_study, write_reports
from transfertune.reports.page.sections import SECTIONS

HEADING = re.compile(r"<h2>(.*?)</h2>")


def _text(study):
    page = LivingPage.of(study, "The search is running")
    page.write()
    return page.path.read_text("utf-8")


@pytest.mark.parametrize("count", [1, 3, 12])
def test_table_curves_and_the_best_are_there_from_the_first_trial(new_study, new_trial, count):
    """Rows, curves, the best so far with its interval; nothing that a bootstrap or the images would take."""
    study = load_study(new_study([new_trial(number) for number in range(1, count + 1)]))
    text = _text(study)
    assert text.count("<tr data-trial=") == count
    best = study.recommended.number
    assert re.search(
        rf"Trial {best}, .*? is the best so far\. Its validation accuracy is 0\.\d+ \(95 %", text
    )
    assert HEADING.findall(text) == [
        "Leaderboard",
        "Recommended",
        "Progress",
        "Learning curves",
        "Repeat it",
    ]
    assert "Expected accuracy" not in text
    assert "expected" not in vars(study.ranking)
    later = ", ".join(section.heading for section in SECTIONS if not section.living)
    assert f"adds: {later}." in text


@pytest.mark.parametrize(
    ("causes", "said"),
    [
        ([], "No trial has finished yet."),
        (["out of memory"], "The only trial failed."),
        (["out of memory", None], "It is the only completed trial."),
    ],
)
def test_barely_begun_searches_have_a_page(new_study, new_trial, causes, said):
    """No trial yet, failures only, and one completed trial."""
    trials = [new_trial(number, cause=cause) for number, cause in enumerate(causes, 1)]
    assert said in _text(load_study(new_study(trials)))


def test_unmet_limits_do_not_stop_the_page(new_study, new_trial):
    """Limits that no trial keeps so far are ignored and named."""
    study = load_study(new_study([new_trial(1)])).with_limits(CostLimits(parameters=10))
    assert "No trial is within the limits" in _text(study)


def test_the_final_report_takes_the_place(new_study, new_trial):
    """What is written at the end says nothing of a running search, and has every section."""
    study = load_study(new_study([new_trial(number) for number in range(1, 5)]))
    assert 'id="running"' in _text(study)
    final = write_reports(study)["report.html"]
    assert final == LivingPage.of(study, "").path
    assert 'id="running"' not in final.read_text("utf-8")


def test_a_page_that_a_kill_has_left_stops_to_reload(new_study, new_trial, browser):
    """It reloads itself while it is young; an old one says since when it was not written, and stays."""
    page = LivingPage.of(load_study(new_study([new_trial(1)])), "The search is running")
    content = page.content.replace(b'data-every="5"', b'data-every="0.3"')
    page = LivingPage(page.path, content)
    page.write()
    browser.get(page.path.as_uri())
    browser.execute_script("window.first = true")
    end = time.monotonic() + 30
    while browser.execute_script("return window.first"):
        assert time.monotonic() < end
        time.sleep(0.05)
    old = content.replace(b"@written@", b"2026-01-02T03:04:05+00:00")
    page.path.write_bytes(old)
    said = "const state = document.getElementById('running'); return state && state.innerText"
    while "seems to have been killed" not in (browser.execute_script(said) or ""):
        assert time.monotonic() < end
        time.sleep(0.05)
    browser.execute_script("window.first = true")
    time.sleep(1)
    assert browser.execute_script("return window.first")
    assert "2026" in browser.execute_script(said)
    assert "The search is running" not in browser.execute_script(said)
    assert browser.get_log("browser") == []
