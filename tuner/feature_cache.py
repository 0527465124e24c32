"""Arrays computed once and kept on disk: decoded pixels and the activations at freeze boundaries.

An entry is a folder named by a digest of everything its content depends on. It is written beside its place
and renamed, so that a reader sees a whole entry or none; two writers of one entry write the same bytes, and
the first rename wins. The cache is always safe to delete.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

FORMAT = 1
_ENTRY = "entry.json"


def default_cache() -> Path:
    """Return the user's cache folder, or what the environment variable TRANSFERTUNE_CACHE names."""
    named = os.environ.get("TRANSFERTUNE_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("transfertune")


class FeatureCache:
    """The entries below one folder."""

    def __init__(self, folder: Path):
        self.folder = Path(folder) / "features"

    def get(
        self,
        content: dict[str, Any],
        rows: int,
        compute: Callable[[], Iterator[Sequence[np.ndarray]]],
    ) -> list[np.ndarray]:
        """Return an entry's arrays, memory-mapped read-only; compute and store them if they are not there.

        Args:
            content: JSON values that say what the entry depends on.
            rows: the length of every array.
            compute: yields batches, each a list of arrays with the same first dimension; together `rows` rows.
        """
        text = json.dumps({**content, "rows": rows, "format": FORMAT}, sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()[:32]
        place = self.folder / key[:2] / key
        arrays = _open(place)
        if arrays is None:
            _write(place, json.loads(text), rows, compute())
            arrays = _open(place)
        return arrays


def _open(place: Path) -> list[np.ndarray] | None:
    """Return the arrays of a whole entry, None if it is missing, and remove a damaged one."""
    try:
        entry = json.loads((place / _ENTRY).read_text())
        arrays = []
        for i, size in enumerate(entry["bytes"]):
            if (place / f"{i}.npy").stat().st_size != size:
                raise ValueError
            arrays.append(np.load(place / f"{i}.npy", mmap_mode="r", allow_pickle=False))
        return arrays
    except FileNotFoundError:
        if not place.exists():
            return None
    except (ValueError, KeyError, TypeError):
        pass
    shutil.rmtree(place, ignore_errors=True)
    return None


def _write(place: Path, content: dict, rows: int, batches: Iterator[Sequence[np.ndarray]]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=place.parent))
    try:
        sizes = _write_arrays(beside, rows, batches)
        (beside / _ENTRY).write_text(json.dumps({"content": content, "bytes": sizes}, indent=1))
        for file in beside.iterdir():
            _flush(file)
        try:
            beside.rename(place)
        except OSError:
            if not place.exists():
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_arrays(folder: Path, rows: int, batches: Iterator[Sequence[np.ndarray]]) -> list[int]:
    stored: list[np.memmap] = []
    done = 0
    for batch in batches:
        if not stored:
            stored = [
                np.lib.format.open_memmap(
                    folder / f"{i}.npy", "w+", dtype=array.dtype, shape=(rows, *array.shape[1:])
                )
                for i, array in enumerate(batch)
            ]
        for array, part in zip(stored, batch, strict=True):
            array[done : done + len(part)] = part
        done += len(batch[0])
    if done != rows:
        raise RuntimeError(f"{rows} rows were promised, {done} came")
    for array in stored:
        array.flush()
    return [file.stat().st_size for file in sorted(folder.glob("*.npy"), key=lambda f: int(f.stem))]


def _flush(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
