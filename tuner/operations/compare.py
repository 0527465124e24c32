"""A comparison: a search over a few recipes that differ in one thing, each fitted in every slot."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...reports import Study
from ...search_spaces import Space, comparison, load_space
from .search import search


def compare(
    space: str | Path | Space, settings: Mapping[str, Iterable[Any]], **options: Any
) -> Study:
    """Compare recipes and return the study; the same call on an existing study goes on with it.

    Args:
        space: a space's name, a path to a file with one, or a `Space`.
        settings: values to compare, several for at least one hyperparameter, and values to hold.
        options: those of `search` that say what to learn from and how.

    Raises:
        DataError, SearchError, SpaceError, StudyError: a mistake in the arguments; nothing is written.
    """
    space = space if isinstance(space, Space) else load_space(space)
    compared = comparison(space, settings)
    return search(
        compared,
        strategy="listed",
        trials=compared.trials,
        every_fit=True,
        retrain_winner=False,
        **options,
    )
