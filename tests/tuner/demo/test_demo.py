"""The demo: a real server, asked as a program asks it and as a person does in Chromium."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import uuid

import pytest

from transfertune.tuner import predict
from transfertune.tuner.demo.server import demo, is_loopback
from transfertune.tuner.errors import SearchError

PHONE, DESKTOP = 390, 1280
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def address(finished):
    """The address of a running demo of the finished study's model."""
    words = ["demo", str(finished.paths.model), "--port", "0"]
    command = [sys.executable, "-m", "transfertune.tuner.cli", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        said = server.stdout.readline()
        yield re.fullmatch(r"Open (http://127\.0\.0\.1:\d+/) in a browser; .*\n", said)[1]
        server.terminate()


def ask(address, images, **headers):
    """Send images (name, bytes) as a form; return the status and the JSON answer."""
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="images"; filename="{name}"\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, data in images
    ]
    body = b"".join(parts) + f"--{edge}--\r\n".encode()
    kind = f"multipart/form-data; boundary={edge}"
    status, _, text = call(address, "POST", "/predict", body, {"Content-Type": kind, **headers})
    return status, json.loads(text) if status == 200 else text.decode()


def call(address, method, path, body=None, headers=None):
    """Return the status, the headers and the content of an answer."""
    connection = http.client.HTTPConnection(address.split("/")[2], timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@pytest.mark.slow
def test_the_answers_are_those_of_predict(address, finished, images):
    """With all probabilities, the most probable class first, and an overlay."""
    paths = [images / "red" / "00.png", images / "blue" / "01.png"]
    status, found = ask(address, [(path.name, path.read_bytes()) for path in paths])
    expected = predict(finished.paths.model, paths, unsure=0.05)
    assert status == 200
    assert [one["name"] for one in found] == ["00.png", "01.png"]
    for i, one in enumerate(found):
        top = expected.top(i, 3)
        assert list(one["probabilities"]) == [name for name, _ in top]
        assert list(one["probabilities"].values()) == pytest.approx([share for _, share in top])
        assert (one["answer"], one["unsure"]) == (top[0][0], bool(expected.unsure[i]))
        assert one["overlay"].startswith("data:image/jpeg;base64,")
        assert one["error"] is None


@pytest.mark.slow
def test_what_is_no_image_is_said_beside_the_others(address, images):
    """It costs no other image its answer."""
    good = (images / "red" / "00.png").read_bytes()
    status, found = ask(address, [("a.txt", b"text"), ("b.png", good)])
    assert status == 200
    assert "not an image of a known kind" in found[0]["error"]
    assert found[0]["answer"] is None
    assert found[1]["answer"] in ("blue", "green", "red")


@pytest.mark.slow
def test_too_much_is_refused(address, images):
    """Too many images, and a request that says it is too long; nothing of it is read."""
    good = (images / "red" / "00.png").read_bytes()
    status, said = ask(address, [("a.png", good)] * 33)
    assert (status, "at most 32 images, but got 33" in said) == (413, True)
    status, _, said = call(address, "POST", "/predict", b"images=hello", FORM)
    assert (status, b"Images are missing" in said) == (422, True)
    status, said = ask(address, [("a.png", good)], **{"Content-Length": "50000001"})
    assert (status, "at most 50 MB" in said) == (413, True)


@pytest.mark.slow
def test_other_sites_cannot_reach_it(address, images):
    """A request for another host is refused, so that no name of a site can be turned to this machine."""
    good = (images / "red" / "00.png").read_bytes()
    status, _ = ask(address, [("a.png", good)], Host="evil.example")
    assert status == 400
    status, said = ask(address, [("a.png", good)], Origin="http://evil.example")
    assert (status, "other sites" in said) == (403, True)
    _, headers, _ = call(address, "GET", "/")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.slow
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_person_chooses_images(browser, address, images, width, tmp_path):
    """The page shows a card for each, asks nobody else, is as wide as the screen, and says nothing in the console."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    broken = tmp_path / "broken.png"
    broken.write_bytes(b"x")
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(address)
    chosen = [str(images / name / "00.png") for name in ("red", "green", "blue")]
    browser.find_element(By.ID, "files").send_keys("\n".join([*chosen, str(broken)]))
    WebDriverWait(browser, 60).until(
        lambda page: len(page.find_elements(By.TAG_NAME, "article")) == 4
    )
    cards = browser.find_elements(By.TAG_NAME, "article")
    assert [len(card.find_elements(By.TAG_NAME, "img")) for card in cards] == [2, 2, 2, 0]
    assert "Not an image that can be read" in cards[3].text
    assert all("%" in card.text for card in cards[:3])
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert all(one.startswith((address, "data:", "blob:")) for one in addresses)


def test_what_cannot_be_served_is_refused(finished, tmp_path):
    """A missing model, a model without labels, and an address that is taken are one line each."""
    with pytest.raises(SearchError, match="There is no model"):
        demo(tmp_path / "m.keras")
    (tmp_path / "m.keras").write_bytes(b"x")
    with pytest.raises(SearchError, match="no labels"):
        demo(tmp_path / "m.keras")
    with pytest.raises(SearchError, match=r"no\.such\.host\.invalid:0 cannot be listened at"):
        demo(finished.paths.model, host="no.such.host.invalid", port=0)


@pytest.mark.parametrize(
    ("host", "holds"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("box", False)],  # noqa: S104
)
def test_loopback_is_known(host, holds):
    """Only these addresses are reached by this machine alone."""
    assert is_loopback(host) == holds
