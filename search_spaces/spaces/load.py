"""Finds a space by its name, or in a user's own Python file."""

import importlib.util
import traceback
from pathlib import Path

from ..errors import SpaceError, did_you_mean
from ..space import Space
from . import (
    cifar10_cnns,
    cifar10_small,
    food10_from_scratch,
    food10_small,
    food101,
    food101_mobilenet_v3_large,
    food101_unfreezing,
    plates,
    quickstart,
)

SPACES: dict[str, Space] = {
    "cifar10_cnns": cifar10_cnns.SPACE,
    "cifar10_small": cifar10_small.SPACE,
    "food101": food101.SPACE,
    "food101_mobilenet_v3_large": food101_mobilenet_v3_large.SPACE,
    "food101_unfreezing": food101_unfreezing.SPACE,
    "food10_from_scratch": food10_from_scratch.SPACE,
    "food10_small": food10_small.SPACE,
    "plates": plates.SPACE,
    "quickstart": quickstart.SPACE,
}


def load_space(name: str | Path) -> Space:
    """Return a space by name, or the `SPACE` of a `.py` file.

    Raises:
        SpaceError: no such name or file, an error in the file, or a file without a `SPACE`.
    """
    if str(name) in SPACES:
        return SPACES[str(name)]
    path = Path(name)
    if path.suffix == ".py":
        return _from_file(path)
    raise SpaceError(
        f"Unknown space {str(name)!r}; choose one of {', '.join(SPACES)}, or give a .py file."
        + did_you_mean(str(name), SPACES)
    )


def _from_file(path: Path) -> Space:
    where = path.resolve() if path.is_file() else None
    spec = importlib.util.spec_from_file_location(f"_space_{path.stem}", where) if where else None
    if spec is None or spec.loader is None:
        raise SpaceError(
            f"There is no space file {str(path)!r}; give a .py file with a SPACE in it."
        )
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SpaceError as error:
        raise SpaceError(f"{path}: {error}") from error
    except (Exception, SystemExit) as error:
        raise SpaceError(
            f"{_where(path, error)}: {type(error).__name__}: {_line(error)}"
        ) from error
    space = getattr(module, "SPACE", None)
    if not isinstance(space, Space):
        raise SpaceError(
            f"{path} must set SPACE to a transfertune.search_spaces.Space, "
            f"but it has {type(space).__name__ if space is not None else 'no SPACE'}."
        )
    return space


def _where(path: Path, error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{path}, line {error.lineno}"
    frames, file = traceback.extract_tb(error.__traceback__), str(path.resolve())
    lines = [frame.lineno for frame in frames if frame.filename == file]
    return f"{path}, line {lines[-1]}" if lines else str(path)


def _line(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(text.split()) or "no message"
