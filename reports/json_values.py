"""Turns recorded values into strict JSON values, so that a NaN never makes a file unreadable."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Return `value` made of dict, list, str, int, float, bool and None only.

    NaN and infinities become None, NumPy scalars and arrays their Python counterparts, tuples lists, paths strings.
    Raises TypeError for anything else.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"{type(value).__name__} {value!r} is not a JSON value")


def encode(value: Any, *, indent: int | None = None) -> bytes:
    """Return `value` as strict UTF-8 JSON; half characters, as in odd file names, are escaped."""
    value = plain(value)
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent, allow_nan=False).encode()
