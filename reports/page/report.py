"""Writes what a search found: the page to look at, and the leaderboard for other programs."""

from __future__ import annotations

from pathlib import Path

from ..atomic_write import write_beside
from ..leaderboard.markdown import leaderboard_markdown
from ..leaderboard.tables import leaderboard_csv, leaderboard_json, leaderboard_parquet
from ..ranking.study import Study
from ..study.paths import REPORT
from .page import report_page

FILES = {
    "leaderboard.csv": leaderboard_csv,
    "leaderboard.json": leaderboard_json,
    "leaderboard.md": leaderboard_markdown,
    "leaderboard.parquet": leaderboard_parquet,
    REPORT: report_page,
}


def write_reports(study: Study, folder: str | Path | None = None) -> dict[str, Path]:
    """Write all files of the report and return their paths by name.

    They go to `report/` in the study, or to `folder`, for instance when the study is read-only. Each is written beside
    its place and renamed, so that none is ever half there. Limits that no trial keeps are ignored, and the report
    says so.

    Raises:
        OSError: the folder cannot be written.
    """
    study = study.without_unmet_limits()
    folder = Path(folder) if folder is not None else study.paths.report
    return {name: write_beside(folder / name, make(study)) for name, make in FILES.items()}
