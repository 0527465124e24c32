"""The lines that a search prints of its data: what was left out, what is odd, and which labels are in doubt."""

from collections.abc import Iterator

from ..events import DataChecked, DataRead, LabelsChecked
from .console import counted


def data_lines(event: DataRead | DataChecked | LabelsChecked) -> Iterator[str]:
    """Return what there is to say of the data after an event."""
    match event:
        case DataRead():
            yield from _of_reading(event)
        case DataChecked():
            yield from _of_check(event)
        case LabelsChecked(cause=str() as cause):
            yield f"The labels could not be checked: {cause}"
        case LabelsChecked(check) if check is not None and check.disputed:
            yield f"Data check: {check.sentence} The report shows them."


def _of_reading(event: DataRead) -> Iterator[str]:
    for note in event.notes:
        yield f"Note: {note}"
    for path, cause in event.unreadable:
        yield f"Left out: {path}: {cause}"
    copies = event.test_copies
    if copies:
        duplicates = "is a duplicate" if copies == 1 else "are duplicates"
        yield (
            f"Note: {counted(copies, 'test image')} {duplicates} of training images, so the test score "
            "will be too high. `tune data check` lists the duplicates."
        )


def _of_check(event: DataChecked) -> Iterator[str]:
    problems = [one for one in event.findings if one.severity == "problem"]
    for one in problems:
        if one.kind != "unreadable":  # each was named above
            yield f"Data check: {one.sentence}"
    notices = len(event.findings) - len(problems)
    if notices:
        them = "it" if notices == 1 else "them"
        yield f"Data check: {counted(notices, 'notice')}; `tune data check` lists {them}."
