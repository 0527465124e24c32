"""The study's log: one JSON line per fact, only appended to, so that a kill costs one line at most."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from ..errors import StudyError
from ..json_values import encode


class StudyLog:
    """The append-only file at `path`, with one writer and any number of readers.

    `notices` says what the last `read` or `append` left out.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.notices: tuple[str, ...] = ()
        self._whole = False  # whether this writer has seen that the file ends in a whole line

    def read(self) -> list[dict[str, Any]]:
        """Return all records in order, each with its "kind"; a file that is not there has none.

        A last line that was cut off by a kill or a full disk is left out and said so in `notices`; nothing is written.
        Raises StudyError when a line before the last is broken.
        """
        content = self.path.read_bytes() if self.path.exists() else b""
        records, _ = self._parse(content)
        return records

    def size(self) -> int:
        """Return the file's length in bytes; 0 when there is none."""
        return self.path.stat().st_size if self.path.exists() else 0

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one line, which has a "kind", and make sure that it is on the disk; a torn last line is cut away first.

        Raises OSError when the disk is full or not writable: the file then ends as it did before.
        Raises StudyError when an earlier line is broken.
        """
        line = encode(record) + b"\n"
        new = not self.path.exists()
        with self.path.open("xb" if new else "r+b", buffering=0) as file:
            end = self._mend(file)
            try:
                _write(file, line)
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
        if new:
            _sync_folder(self.path.parent)

    def _mend(self, file: FileIO) -> int:
        """Make the file end in a whole line, stand there and return its length in bytes."""
        end = file.seek(0, os.SEEK_END)
        if end and not (self._whole and _last_byte(file) == b"\n"):
            content = self.path.read_bytes()
            _, end = self._parse(content)
            file.truncate(end)
            file.seek(end)
            if end and content[end - 1 : end] != b"\n":
                end += file.write(b"\n")
        self._whole = True
        return end

    def _parse(self, content: bytes) -> tuple[list[dict[str, Any]], int]:
        """Return the records and the length in bytes of the file without a torn last line."""
        self.notices = ()
        records: list[dict[str, Any]] = []
        lines = content.splitlines(keepends=True)
        last = max((i for i, line in enumerate(lines) if line.strip()), default=-1)
        end = 0
        for number, line in enumerate(lines[: last + 1]):
            record = _record(line)
            if record is not None:
                records.append(record)
            elif number == last:
                self.notices = (f"the last line of {self.path.name} was cut off and is left out",)
                return records, end
            elif line.strip():
                raise StudyError(
                    f"{self.path}, line {number + 1} is damaged: restore the file from a copy, or delete that line "
                    "to go on without it"
                )
            end += len(line)
        return records, end


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("kind"), str) else None


def _last_byte(file: FileIO) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)


def _write(file: FileIO, content: bytes) -> None:
    """Unbuffered, because a buffer that could not be written would be tried again when the file is closed."""
    while content:
        content = content[file.write(content) :]


def _sync_folder(folder: Path) -> None:
    """A new file survives a power cut only once its folder is on the disk; Windows cannot and need not do this."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
