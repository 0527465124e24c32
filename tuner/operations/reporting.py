"""The report of a search: alive while it runs, and final however it ends."""

import contextlib
from collections.abc import Iterator

from ...reports import REPORT, CostLimits, Study, StudyError, StudyStore, Trial, write_reports
from ..events import OnEvent
from ..scheduling.listeners import to_all
from ..scheduling.living_report import LivingReport
from .options import SearchOptions


@contextlib.contextmanager
def reporting(store: StudyStore, limits: CostLimits, on_event: OnEvent) -> Iterator[OnEvent]:
    """Keep the report up to date while the block runs, and write the final one when the block ends by an error.

    Args:
        store: the open study.
        limits: what the recommended model may cost.
        on_event: who else listens.

    Yields:
        What takes the events of the search.
    """
    try:
        with LivingReport(store, limits) as living:
            yield to_all([living.on_event, on_event])
    except BaseException:
        # The report must not replace the error that ended the search.
        with contextlib.suppress(StudyError, OSError):
            write_final_report(store, limits)
        raise


def trial_to_retrain(store: StudyStore, options: SearchOptions) -> Trial | None:
    """Return the recommended trial; None where there is none, where a model was scored before, or if nobody asks."""
    study = Study.from_facts(store.facts, options.cost_limits).without_unmet_limits()
    if not options.retrain_winner or study.is_scored or study.unmet_limits:
        return None
    return study.recommended


def write_final_report(store: StudyStore, limits: CostLimits) -> Study:
    """Write the report of an open study and return the study under cost limits.

    Raises:
        StudyError: no trial keeps the limits; the report is written first and says so.
    """
    found = Study.from_facts(store.facts, limits)
    page = write_reports(found)[REPORT]
    try:
        _ = found.ranking
    except StudyError as error:
        raise StudyError(f"{error}. The report, without the limits: {page}") from None
    return found
