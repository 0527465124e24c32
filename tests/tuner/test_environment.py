"""The environment variables: how they are read, and that their reference is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from transfertune.datasets import ENVIRONMENT
from transfertune.tuner.environment import (
    CACHE,
    CACHE_LIMIT,
    VARIABLES,
    WORKER_MEMORY,
    WORKER_SILENCE,
    check_environment,
    parse_time,
    read_path,
    read_size,
    read_time,
    reference,
)
from transfertune.tuner.errors import SearchError

ROOT = Path(__file__).parents[2]


def test_sizes_have_units(monkeypatch):
    """Anything else is refused with what is allowed; without the variable the default counts."""
    monkeypatch.setenv(CACHE_LIMIT, "1.5gb")
    assert read_size(CACHE_LIMIT) == 1_500_000_000
    for wrong in ("1.5", "GB", "-1GB", "0GB", "20m", ""):
        monkeypatch.setenv(CACHE_LIMIT, wrong)
        with pytest.raises(SearchError, match=f"500MB or 20GB, but got '{re.escape(wrong)}'"):
            read_size(CACHE_LIMIT)
    monkeypatch.delenv(CACHE_LIMIT)
    assert read_size(CACHE_LIMIT) == 20 * 10**9
    monkeypatch.delenv(WORKER_MEMORY, raising=False)
    assert read_size(WORKER_MEMORY, 7) == 7


def test_times_have_units(monkeypatch):
    """The same parser serves the command line."""
    monkeypatch.delenv(WORKER_SILENCE, raising=False)
    assert read_time(WORKER_SILENCE) == 1800
    monkeypatch.setenv(WORKER_SILENCE, "20m")
    assert read_time(WORKER_SILENCE) == parse_time("20m") == 1200
    monkeypatch.setenv(WORKER_SILENCE, "20")
    with pytest.raises(SearchError, match=f"{WORKER_SILENCE} must be a time .* 90s, 20m"):
        read_time(WORKER_SILENCE)
    assert parse_time("1.5h") == 5400
    assert parse_time("0s") is parse_time("2GB") is parse_time("soon") is None


def test_a_path_may_be_missing(monkeypatch):
    """An empty value counts as none."""
    monkeypatch.setenv(CACHE, "")
    assert read_path(CACHE) is None
    monkeypatch.setenv(CACHE, "somewhere")
    assert read_path(CACHE) == Path("somewhere")


@pytest.mark.parametrize("name", [CACHE_LIMIT, WORKER_MEMORY, WORKER_SILENCE])
def test_a_mistake_is_found_before_a_search_begins(name, monkeypatch):
    """Every size and time is read, also one that this search might not need."""
    check_environment()
    monkeypatch.setenv(name, "much")
    with pytest.raises(SearchError, match=f"{name} must be a .* but got 'much'"):
        check_environment()


def test_the_reference_is_what_the_tables_give():
    """docs/environment.md is generated, and names every variable that the source reads."""
    text = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
    assert text == reference()
    parts = ("datasets", "reports", "search_spaces", "tuner")
    source = "".join(f.read_text(encoding="utf-8") for p in parts for f in (ROOT / p).rglob("*.py"))
    assert set(re.findall(r"TRANSFERTUNE_[A-Z_]+", source)) == {*ENVIRONMENT, *VARIABLES}
