"""The report in a real browser: Chromium, at the width of a phone and of a desktop, in light and dark, and on paper."""

import base64
import json

import numpy as np
import pytest

from transfertune.reports import load_study, write_reports

PHONE, DESKTOP = 390, 1280


@pytest.fixture(scope="module")
def pages(tmp_path_factory, new_trial, study_writer):
    """The report of a whole study with long names, and of one where everything failed."""
    folder = tmp_path_factory.mktemp("studies")
    trials = [new_trial(number) for number in range(1, 41)]
    trials[3] = new_trial(4, cause="out of memory: " + "x" * 300)
    names = [f"class_{'long' * 12}_{number}" for number in range(12)]
    data = {"name": "n" * 90, "root": "/images/" + "deep/" * 30, "classes": names}
    whole = study_writer(folder / "whole", trials, retrain=True, data=data, command="tune " * 60)
    np.savez(
        whole / "trials" / "0001" / "predictions.npz",
        **dict(np.load(whole / "best/predictions.npz")),
    )
    failed = study_writer(folder / "failed", [new_trial(1, cause="x" * 500)])
    return {
        study.name: write_reports(load_study(study))["report.html"] for study in (whole, failed)
    }


def _wait(browser, until):
    """On a busy machine the page's script may run after the page is there."""
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(browser, 30).until(lambda _: until())


def _open(browser, page, width, scheme="light"):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE},
    )
    wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(page.as_uri())
    _wait(browser, lambda: browser.execute_script("return document.readyState") == "complete")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("name", ["whole", "failed"])
def test_page_is_quiet_and_fits(browser, pages, name, width, scheme):
    """No console message, no request but the file itself, nothing wider than the screen, and the scheme's colours."""
    _open(browser, pages[name], width, scheme)
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("data:")] == [pages[name].as_uri()]
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in paper[4:-1].split(",")) / 3
    assert brightness > 200 if scheme == "light" else brightness < 60


def test_leaderboard_sorts_and_trials_light_up(browser, pages):
    """A heading sorts by its numbers, the button shows all trials, and a point lights its trial everywhere."""
    _open(browser, pages["whole"], DESKTOP)
    shown = "return [...document.querySelectorAll('#ranked tbody tr')].filter(r => r.offsetHeight)"
    first = f"{shown}.map(r => Number(r.cells[1].dataset.value))"
    _wait(browser, lambda: len(browser.execute_script(first)) == 20)
    browser.find_element("id", "all").click()
    ranked = browser.execute_script(first)
    assert len(ranked) == 39
    browser.find_element("css selector", "#ranked th:nth-child(2) button").click()
    assert browser.execute_script(first) == sorted(ranked)
    browser.execute_script(
        "document.querySelector('#progress [data-trial=\"7\"]')"
        ".dispatchEvent(new PointerEvent('pointerover', {bubbles: true, clientX: 50, clientY: 90}))"
    )
    lit = browser.execute_script(
        "return [...document.querySelectorAll('.lit')].map(e => e.dataset.trial)"
    )
    assert len(lit) > 5
    assert set(lit) == {"7"}
    assert browser.find_element("id", "tip").text.startswith("trial 7: 0.")
    assert browser.get_log("browser") == []


def test_page_prints(browser, pages):
    """The report becomes a PDF of several pages with every trial in it."""
    _open(browser, pages["whole"], DESKTOP, "dark")
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    document = base64.b64decode(printed["data"])
    assert document.startswith(b"%PDF")
    assert document.count(b"/Type /Page\n") > 3
