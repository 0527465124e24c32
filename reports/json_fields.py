"""Reads frozen dataclasses from JSON values and says which values do not fit."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import StudyError

Record = TypeVar("Record")


def from_json(kind: type[Record], values: Any) -> Record:
    """Return `values` as the dataclass `kind`; names that it does not have are left out.

    Raises:
        StudyError: values are missing or of another type; the message names all of them.
    """
    mistakes: list[str] = []
    record = _record(kind, values, "", mistakes)
    if mistakes:
        raise StudyError("; ".join(mistakes))
    return record


def _record(kind: type, values: Any, name: str, mistakes: list[str]) -> Any:
    if not isinstance(values, Mapping):
        mistakes.append(f"{name or 'it'} must be an object, but is {_short(values)}")
        return None
    read = {}
    for key, (hint, required) in _fields(kind).items():
        path = f"{name}.{key}" if name else key
        if key in values:
            read[key] = _value(hint, values[key], path, mistakes)
        elif required:
            mistakes.append(f"{path} is missing")
    return None if mistakes else kind(**read)


@cache
def _fields(kind: type) -> dict[str, tuple[Any, bool]]:
    hints = get_type_hints(kind)
    return {
        one.name: (hints[one.name], one.default is MISSING and one.default_factory is MISSING)
        for one in fields(kind)
    }


def _value(hint: Any, value: Any, name: str, mistakes: list[str]) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint, value, name, mistakes)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        (hint,) = (one for one in args if one is not type(None))
        return _value(hint, value, name, mistakes)
    if origin is tuple and isinstance(value, list | tuple):
        return _items(args, value, name, mistakes)
    if origin is dict and isinstance(value, Mapping):
        return {str(key): _value(args[1], one, name, mistakes) for key, one in value.items()}
    if hint is float and value is None:  # JSON has no other word for a NaN
        return math.nan
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    fits = isinstance(value, origin or hint) and (hint is bool or not isinstance(value, bool))
    if not fits or origin:
        mistakes.append(f"{name} is {_short(value)}")
    return value


def _items(args: tuple, value: Any, name: str, mistakes: list[str]) -> tuple:
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_value(args[0], one, name, mistakes) for one in value)
    if len(args) != len(value):
        mistakes.append(f"{name} is {_short(value)}")
    return tuple(_value(arg, one, name, mistakes) for arg, one in zip(args, value, strict=False))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
