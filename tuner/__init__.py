"""The search: strategies, freeze boundary, features, fitting, retraining, export.

`search` does what `tune search` does; `load_study` opens what it left. Importing this is quick: each name brings
its part of the program, and Keras, when it is first used.
"""

import importlib

_HOME = {
    "HyperModel": "transfertune.tuner.hyper_model",
    "SearchError": "transfertune.tuner.errors",
    "Study": "transfertune.reports",
    "compare": "transfertune.tuner.operations.compare",
    "explain": "transfertune.tuner.operations.explain",
    "export_best": "transfertune.tuner.operations.export",
    "load_study": "transfertune.reports",
    "predict": "transfertune.tuner.operations.predict",
    "retrain": "transfertune.tuner.operations.retrain",
    "search": "transfertune.tuner.operations.search",
}

__all__ = list(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
