"""A store of facts by the digest of an image's bytes, so that every image is measured once.

It is one SQLite file in the cache folder and always safe to delete. If the file cannot be written or read, the store
is in memory.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from pathlib import Path

from .image_facts import Facts

FILE = "images_4.sqlite"
"""The number is raised when the facts or the search for duplicates change, so that older files are not used."""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS facts (digest TEXT PRIMARY KEY, facts TEXT, thumb BLOB)",
    "CREATE TABLE IF NOT EXISTS answers (question TEXT PRIMARY KEY, answer TEXT)",
)
_BATCH = 500
_WAIT_S = 30


class FactsStore:
    """A context manager; it may be used from several threads, and several processes may have it open."""

    def __init__(self, cache: Path):
        self._lock = threading.Lock()
        self._waiting = 0
        try:
            Path(cache).mkdir(parents=True, exist_ok=True)
            self._open(Path(cache) / FILE)
        except (OSError, sqlite3.Error):
            self._open(":memory:")

    def _open(self, place: Path | str) -> None:
        self._base = sqlite3.connect(place, timeout=_WAIT_S, check_same_thread=False)
        try:
            self._base.execute("PRAGMA synchronous=OFF")  # a lost cache is computed again
            for table in _TABLES:
                self._base.execute(table)
            self._base.commit()
        except sqlite3.Error:
            self._base.close()
            raise

    def __enter__(self) -> FactsStore:
        return self

    def __exit__(self, *_) -> None:
        # Threads of an interrupted reading may still come; SQLite crashes on a base that closes under a query.
        with self._lock:
            with contextlib.suppress(sqlite3.Error):
                self._base.commit()
            self._base.close()

    def get(self, digest: str) -> Facts | None:
        """Return the facts of the image with this digest, or None."""
        row = self._one("SELECT facts, thumb FROM facts WHERE digest = ?", digest)
        return Facts.from_row(*row) if row else None

    def put(self, digest: str, facts: Facts) -> None:
        """Store the facts of an image."""
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", digest, *facts.to_row())

    def answer(self, question: str) -> list | None:
        """Return the JSON list that was stored for a question, or None."""
        row = self._one("SELECT answer FROM answers WHERE question = ?", question)
        return json.loads(row[0]) if row else None

    def keep(self, question: str, answer: list) -> None:
        """Store the answer to a question."""
        self._write("INSERT OR REPLACE INTO answers VALUES (?, ?)", question, json.dumps(answer))

    def _one(self, query: str, key: str) -> tuple | None:
        with self._lock:
            try:
                return self._base.execute(query, (key,)).fetchone()
            except sqlite3.Error:
                return None

    def _write(self, query: str, *values: object) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._base.execute(query, values)
            self._waiting += 1
            if self._waiting >= _BATCH:
                self._base.commit()
                self._waiting = 0
