"""Downloads from a real server on this machine that breaks off, refuses ranges, and lies."""

from __future__ import annotations

import hashlib
import http.server
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from transfertune.datasets import DataError
from transfertune.datasets.sources.downloads.download import ATTEMPTS, Archive, fetch

CONTENT = bytes(range(256)) * 4000
"""About a megabyte."""


@dataclass
class Server:
    """What the server does, and the (Range header, status) of every request it had."""

    url: str = ""
    content: bytes = CONTENT
    ranges: bool = True
    break_after: list[int] = field(default_factory=list)
    """Bytes after which each of the next requests is cut off."""
    status: int | None = None
    shift: int = 0
    """How far the range that is sent lies from the one asked for."""
    requests: list[tuple[str | None, int]] = field(default_factory=list)

    @property
    def archive(self) -> Archive:
        """The published file, with the sum of what it should hold."""
        return Archive(f"{self.url}/pets.tar.gz", hashlib.md5(CONTENT).hexdigest())  # noqa: S324 - as published


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve on loopback until the test ends."""
    state = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self, state)

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        state.url = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        running.shutdown()
        thread.join()


def answer(handler: http.server.BaseHTTPRequestHandler, state: Server) -> None:
    """Send the content, from the byte asked for, as far as the state lets it go."""
    asked = handler.headers.get("Range")
    start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and state.ranges else 0
    status = 206 if start else 200
    if start >= len(state.content):
        status = 416
    status = state.status or status
    state.requests.append((asked, status))
    if status >= 400:
        handler.send_error(status)
        return
    body = state.content[start:]
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    if start:
        first = start + state.shift
        span = f"bytes {first}-{len(state.content) - 1}/{len(state.content)}"
        handler.send_header("Content-Range", span)
    handler.end_headers()
    handler.wfile.write(body[: state.break_after.pop(0)] if state.break_after else body)


def test_a_file_arrives_whole_with_progress(server, tmp_path):
    """The file is where it should be, nothing else is left, and progress reached the end."""
    heard = []
    path = fetch(server.archive, tmp_path / "new/folder", lambda *said: heard.append(said))
    assert path == tmp_path / "new/folder/pets.tar.gz"
    assert path.read_bytes() == CONTENT
    assert not list(path.parent.glob("*.part"))
    assert ("downloading pets.tar.gz", len(CONTENT), len(CONTENT)) in heard
    assert heard[-1] == ("checking pets.tar.gz", len(CONTENT), len(CONTENT))


def test_a_broken_connection_is_resumed(server, tmp_path):
    """Each attempt asks for what is missing only, and the whole is checked."""
    server.break_after = [300_000, 200_000]
    path = fetch(server.archive, tmp_path, pause_s=0)
    assert path.read_bytes() == CONTENT
    asked = [None, "bytes=300000-", "bytes=500000-"]
    assert server.requests == list(zip(asked, [200, 206, 206], strict=True))


def test_a_later_call_goes_on_where_an_earlier_one_stopped(server, tmp_path):
    """What a killed process had received is not fetched again."""
    (tmp_path / "pets.tar.gz.part").write_bytes(CONTENT[:1000])
    assert fetch(server.archive, tmp_path).read_bytes() == CONTENT
    assert server.requests == [("bytes=1000-", 206)]


def test_a_server_without_ranges_starts_anew(server, tmp_path):
    """Where ranges are ignored the part is replaced, not appended to."""
    server.ranges = False
    server.break_after = [300_000]
    assert fetch(server.archive, tmp_path, pause_s=0).read_bytes() == CONTENT
    assert [status for _, status in server.requests] == [200, 200]


def test_a_complete_part_is_taken(server, tmp_path):
    """A process killed between the last byte and the renaming costs no download."""
    (tmp_path / "pets.tar.gz.part").write_bytes(CONTENT)
    assert fetch(server.archive, tmp_path).read_bytes() == CONTENT
    assert server.requests == [(f"bytes={len(CONTENT)}-", 416)]


def test_a_file_that_is_there_is_checked_and_not_fetched(server, tmp_path):
    """A file put there by hand saves the download, if it is the right one."""
    (tmp_path / "pets.tar.gz").write_bytes(CONTENT)
    fetch(server.archive, tmp_path)
    assert server.requests == []
    (tmp_path / "pets.tar.gz").write_bytes(CONTENT[:-1])
    with pytest.raises(DataError, match="is not the published one"):
        fetch(server.archive, tmp_path)
    assert not (tmp_path / "pets.tar.gz").exists()


def test_other_content_is_refused_and_deleted(server, tmp_path):
    """A wrong checksum leaves nothing behind that a second attempt would build on."""
    server.content = CONTENT[::-1]
    with pytest.raises(DataError, match=r"not the published one \(MD5 .* and was deleted; run"):
        fetch(server.archive, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".pets.tar.gz.lock"]


def test_no_progress_is_given_up_but_what_came_is_kept(server, tmp_path):
    """After some attempts without a byte the error says how to go on."""
    server.break_after = [300_000] + [0] * (ATTEMPTS - 1)
    with pytest.raises(DataError, match="300,000 bytes are kept; run the command again") as caught:
        fetch(server.archive, tmp_path, pause_s=0)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "pets.tar.gz.part").stat().st_size == 300_000
    assert fetch(server.archive, tmp_path).read_bytes() == CONTENT


def test_a_range_that_was_not_asked_for_is_not_appended(server, tmp_path):
    """A server that sends another part than asked for cannot spoil the file."""
    (tmp_path / "pets.tar.gz.part").write_bytes(CONTENT[:1000])
    server.shift = 5
    with pytest.raises(DataError, match="did not send the requested range"):
        fetch(server.archive, tmp_path, pause_s=0)
    assert (tmp_path / "pets.tar.gz.part").stat().st_size == 1000


@pytest.mark.parametrize(
    ("status", "requests"), [(404, 1), (403, 1), (503, ATTEMPTS), (429, ATTEMPTS)]
)
def test_refusals_are_final_and_troubles_are_not(server, tmp_path, status, requests):
    """What will not change is not asked again; what may, is."""
    server.status = status
    with pytest.raises(DataError, match=f"the server says {status}"):
        fetch(server.archive, tmp_path, pause_s=0)
    assert len(server.requests) == requests


def test_no_network_is_one_line(tmp_path):
    """Nobody listening is told with the way to do without the network."""
    with pytest.raises(DataError, match=r"refused.*or put the file at .*pets\.tar\.gz yourself"):
        fetch(Archive("http://127.0.0.1:9/pets.tar.gz", ""), tmp_path, pause_s=0)


def test_only_the_web_is_fetched_from(tmp_path):
    """A file address reads nothing."""
    with pytest.raises(DataError, match="only http and https"):
        fetch(Archive("file:///etc/hostname", ""), tmp_path)


def test_two_at_once_fetch_it_once(server, tmp_path):
    """Whoever comes second waits and finds the file."""
    paths: list[Path] = []
    threads = [
        threading.Thread(target=lambda: paths.append(fetch(server.archive, tmp_path)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() == CONTENT for path in paths] == [True] * 4
    assert len(server.requests) == 1
