"""Hyperparameter search for transfer-learning image classifiers on small data.

Importing this is quick: each name brings its part of the program, and Keras, when it is first used.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reports import Study, load_study
    from .search_spaces import Choice, Float, Int, Space
    from .tuner import compare, predict, retrain, search
    from .tuner.cli.progress import SearchDisplay

_HOME = {
    "Choice": "search_spaces",
    "Float": "search_spaces",
    "Int": "search_spaces",
    "SearchDisplay": "tuner.cli.progress",
    "Space": "search_spaces",
    "Study": "reports",
    "compare": "tuner",
    "load_study": "reports",
    "predict": "tuner",
    "retrain": "tuner",
    "search": "tuner",
}

__all__ = [
    "Choice",
    "Float",
    "Int",
    "SearchDisplay",
    "Space",
    "Study",
    "__version__",
    "compare",
    "load_study",
    "predict",
    "retrain",
    "search",
]


def __getattr__(name: str):
    if name == "__version__":
        from importlib.metadata import version

        return version("transfertune")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"transfertune.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
