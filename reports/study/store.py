"""The store of a study: its folder, opened for writing by one process at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from ..atomic_write import write_beside
from ..errors import StudyError
from ..json_values import encode
from .differences import BegunSearch
from .facts import FactsBuilder, StudyFacts
from .files.images import ImageTable
from .header import Header, Places
from .loading import emptied, read_header, read_log
from .lock import only_writer
from .log import StudyLog
from .paths import StudyPaths
from .records import Move, Record, Resume, as_line
from .timestamps import utc_now


@contextlib.contextmanager
def open_store(folder: Path, header: Header | None = None) -> Iterator[StudyStore]:
    """Open the study in `folder` for writing; the folder is made, and locked until the block ends.

    Args:
        folder: the study's folder, which need not exist.
        header: the header of the search to begin or to go on with, if it shall be compared with the study's.

    Raises:
        StudyError: the study is of another search or its log is damaged, and nothing is written; or another process
            works on the study.
        OSError: the folder cannot be written.
    """
    store = StudyStore(folder)
    if header is not None and store.begun:
        BegunSearch(folder, store.facts.header).refuse(header)
    folder.mkdir(parents=True, exist_ok=True)
    with only_writer(folder):
        yield store if store.is_current() else StudyStore(folder)


class StudyStore:
    """The records of one study, for the process that holds its lock.

    - The log is read once, when the store is opened; `facts` then follows what is appended. `open_store` reads it again
      only when another process appended before it held the lock.
    - A record is on the disk when `append` returns. If `append` fails, the log ends as it did before.
    - A last line that was cut off by a kill is left out, and the facts' notices say so until the next `append` cuts it.
    - Files other than the log are replaced in one step, never half.
    """

    def __init__(self, folder: Path):
        self.paths = StudyPaths(folder)
        self._log = StudyLog(self.paths.log)
        self._size = self._log.size()
        lines, records = read_log(self._log)
        self.begun = bool(lines)
        """Whether the folder holds a study."""
        if not self.begun and self.paths.header.exists():
            raise StudyError(emptied(self.paths))
        self._notices = self._log.notices
        self._builder = FactsBuilder(records)
        if self.begun and self._builder.header is None:
            self._builder.header = read_header(self.paths)

    def is_current(self) -> bool:
        """Whether nobody has appended to the log since the store read it; for a store that has appended nothing."""
        return self._log.size() == self._size

    @property
    def facts(self) -> StudyFacts:
        """What the study holds now."""
        header = self._builder.header
        if header is None:
            raise StudyError(f"{self.paths.folder} holds no study yet")
        return self._builder.facts(self.paths.folder, header, self._notices)

    def begin(self, header: Header, images: ImageTable) -> StudyFacts:
        """Begin the study with a header, or go on with it when it is the same search.

        Images and weights may lie elsewhere than before; see `move`.

        Raises:
            StudyError: the study is of another search; nothing is written.
        """
        if not self.begun:
            self.append(header)
            self.begun = True
        BegunSearch(self.paths.folder, self.facts.header).refuse(header)
        self.move(header.places, images)
        return self.facts

    def move(self, places: Places, images: ImageTable) -> None:
        """Note where images and weights lie now, if that is news.

        The header's file and the images' file are written, or restored when they are missing or damaged.
        """
        if places != self.facts.header.places:
            self.append(Move(places, at=utc_now()))
        text = encode(asdict(self.facts.header), indent=1) + b"\n"
        _restore(self.paths.header, text)
        _restore(self.paths.images, images.to_csv())

    def renew(self, header: Header) -> None:
        """Append what the header of this call changes, if it changes anything."""
        mine = self.facts.header
        again = (header.limits, header.command, header.versions)
        if (mine.limits, mine.command, mine.versions) != again:
            self.append(Resume(*again, at=utc_now()))

    def append(self, record: Record) -> None:
        """Append one record to the log.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        self._log.append(as_line(record))
        self._notices = ()  # the log is whole now
        self._builder.add(record)


def _restore(file: Path, content: bytes) -> None:
    if not file.exists() or file.read_bytes() != content:
        write_beside(file, content)
