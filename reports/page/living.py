"""The page of a running search: made of what is quick to make, and stamped with the time whenever it is written."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from ..atomic_write import write_beside
from ..ranking.study import Study
from ..study.timestamps import utc_now
from .page import Running, report_page

RELOAD_SECONDS = 5
SILENT_SECONDS = 300
_STAMP = "@written@"
_LIBRARIES = (
    "jinja2",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "pandas",
    "scipy.special",
)


@dataclass(frozen=True)
class LivingPage:
    """A page that reloads itself in the browser until the final report takes its place.

    It stops when it has not been written for SILENT_SECONDS, so it has to be written again and again.

    Attributes:
        path: where it is written.
        content: the page, with a placeholder for the time.
    """

    path: Path
    content: bytes

    @classmethod
    def of(cls, study: Study, doing: str) -> LivingPage:
        """Return the page of a study whose search does `doing`, such as "The search is running".

        Limits that no trial keeps are ignored, and the page says so.
        """
        study = study.without_unmet_limits()
        running = Running(doing, _STAMP, RELOAD_SECONDS, SILENT_SECONDS)
        return cls(study.paths.report_page, report_page(study, running))

    def write(self) -> None:
        """Put the page in its place in one step, with the time of now.

        Raises:
            OSError: the folder cannot be written.
        """
        write_beside(self.path, self.content.replace(_STAMP.encode(), utc_now().encode()))


def load_libraries() -> None:
    """Import what the first page with trials would import; the final report needs the same."""
    for name in _LIBRARIES:
        importlib.import_module(name)
