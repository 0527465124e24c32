"""The parts of a study's header, with all their names, empty where an older or damaged one lacks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..study.study import Study

HEADER = ("command", "created", "seed", "strategy")
PARTS = ("data", "limits", "space", "split", "versions")


def whole_header(study: Study) -> dict[str, Any]:
    """Give back the header with every part."""
    return filled(study.header, HEADER) | {name: study.header.get(name) or {} for name in PARTS}


def filled(facts: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Give back `facts` with None for each of `names` that they lack."""
    return {**dict.fromkeys(names), **facts}
