"""What holds for all tests, and what many of them use: laws without deadlines, a browser, a web server."""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

# The files that take longest start first, so that no worker is left with one of them at the end.
FIRST = (
    "test_documents.py",
    "test_faults.py",
    "test_resume.py",
    "test_search.py",
    "test_hyper_model.py",
    "test_commands.py",
    "test_backbones.py",
)

# Tests run in as many processes as there are cores, where more threads only stand in each other's way.
for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")


def pytest_collection_modifyitems(items):
    """Order the files by how long they take, and leave the order within each as it is."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(FIRST)))


@pytest.fixture
def serve():
    """Serve a folder over HTTP until `stop` is called, or the end of the test; gives the address."""
    servers = []

    def start(folder: Path):
        quiet = type(
            "Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None}
        )
        handler = functools.partial(quiet, directory=str(folder))
        one = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=one.serve_forever, daemon=True).start()
        servers.append(one)
        return f"http://127.0.0.1:{one.server_port}"

    def stop():
        while servers:
            one = servers.pop()
            one.shutdown()
            one.server_close()

    start.stop = stop
    yield start
    stop()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium whose console and network can be read; without one these tests are skipped."""
    webdriver = pytest.importorskip("selenium.webdriver")
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()
