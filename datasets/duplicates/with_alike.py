"""A data set that knows which of its images show the same, so that no split or fold parts them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..dataset import Dataset, Progress
from ..statistics.facts_store import FactsStore
from ..statistics.survey import survey
from .search import find_alike


def with_alike(dataset: Dataset, *, cache: Path, progress: Progress | None = None) -> Dataset:
    """Return the data set with its near duplicates noted in ``alike``; exact copies need no note.

    The answer is kept in the cache, and depends on the images alone.

    Raises:
        DataError: an image has gone since the data set was read.
    """
    with FactsStore(cache) as store:
        thumbs = survey(dataset, store).thumbs
        return replace(dataset, alike=find_alike(dataset, thumbs, store, progress))
