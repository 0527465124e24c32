"""The time as the study's records keep it."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_now() -> str:
    """Return the time in UTC as ISO 8601, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
