"""The names at the top of the package: they are there, and importing them stays light."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import transfertune
from transfertune.reports import load_study
from transfertune.search_spaces import Space
from transfertune.tuner.operations.search import search

HEAVY = ("jinja2", "keras", "matplotlib", "numpy", "pandas", "scipy", "sklearn", "tensorflow")


def test_the_names_are_those_of_the_parts():
    """The top gives out what the parts define, and its version is the package's."""
    assert transfertune.search is search
    assert transfertune.load_study is load_study
    assert transfertune.Space is Space
    assert transfertune.__version__ == version("transfertune")


@pytest.mark.parametrize("name", transfertune.__all__)
def test_every_name_is_there(name):
    """What `__all__` and `dir` promise can be had, in alphabetical order."""
    assert getattr(transfertune, name) is not None
    assert dir(transfertune) == sorted(transfertune.__all__)


def test_an_unknown_name_is_an_attribute_error():
    """As of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'sarch'"):
        transfertune.sarch  # noqa: B018


def test_importing_is_light():
    """The import alone brings none of the libraries that the names need later."""
    code = f"import sys, transfertune; print(sorted({set(HEAVY)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_types_are_promised():
    """Type checkers read the package's own annotations."""
    assert (Path(transfertune.__file__).parent / "py.typed").is_file()
