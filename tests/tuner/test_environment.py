"""Limits that the environment sets."""

from __future__ import annotations

import re

import pytest

from transfertune.tuner.environment import size_limit, time_limit
from transfertune.tuner.errors import SearchError


def test_limits_are_sizes_and_times(monkeypatch):
    """With their units; anything else is refused with what is allowed."""
    monkeypatch.setenv("LIMIT", "1.5gb")
    assert size_limit("LIMIT", 1) == 1_500_000_000
    assert size_limit("NO_LIMIT", 1) == 1
    for wrong in ("1.5", "GB", "-1GB", "0GB", ""):
        monkeypatch.setenv("LIMIT", wrong)
        with pytest.raises(SearchError, match=f"500MB or 20GB, but it is '{re.escape(wrong)}'"):
            size_limit("LIMIT", 1)
    monkeypatch.setenv("LIMIT", "20m")
    assert time_limit("LIMIT", 1) == 1200
    monkeypatch.setenv("LIMIT", "20")
    with pytest.raises(SearchError, match="90s, 20m"):
        time_limit("LIMIT", 1)
