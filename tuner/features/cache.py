"""Arrays computed once and kept on disk: decoded pixels and the activations at freeze boundaries.

An entry is a folder named by a digest of everything its content depends on. It is written beside its place
and renamed, so that a reader sees a whole entry or none; two writers of one entry write the same bytes, and
the first rename wins. When an entry would not fit below the limit, those that were used longest ago make room.
The cache is always safe to delete.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from ..environment import CACHE, CACHE_LIMIT, read_path, read_size
from ..errors import SearchError

FORMAT = 2
_ENTRY = "entry.json"
_WRITING = ".writing-"
_ABANDONED_AFTER = 86400.0


def default_cache() -> Path:
    """Return the folder that TRANSFERTUNE_CACHE names, or the user's cache folder."""
    return read_path(CACHE) or platformdirs.user_cache_path("transfertune")


def cache_limit() -> int:
    """Return the most bytes of features to keep, from TRANSFERTUNE_CACHE_LIMIT.

    Raises:
        SearchError: The variable is not a size.
    """
    return read_size(CACHE_LIMIT)


@dataclass(frozen=True)
class Entry:
    """What is stored under one digest: `content` says of what, `used` is the time of its last use since 1970."""

    place: Path
    content: dict[str, Any]
    size: int
    used: float


class FeatureCache:
    """The entries below one folder, `limit` bytes of them at the most."""

    def __init__(self, folder: Path, limit: int | None = None):
        self.folder = Path(folder) / "features"
        self.limit = cache_limit() if limit is None else limit

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

        Raises:
            SearchError: the entry alone is larger than the limit, or it was removed right after it was written.
        """
        text = json.dumps({**content, "rows": rows, "format": FORMAT}, sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()[:32]
        place = self.folder / key[:2] / key
        arrays = _open(place)
        if arrays is None:
            _write(place, json.loads(text), rows, compute(), self.make_room)
            arrays = _open(place)
        if arrays is None:
            raise SearchError(
                f"The cache entry {place} was removed right after it was written; run the command again while nothing "
                "else cleans the cache."
            )
        return arrays

    def entries(self) -> list[Entry]:
        """Return all whole entries, the one used last first."""
        found = []
        for file in self.folder.glob(f"*/*/{_ENTRY}"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                entry = json.loads(file.read_text())
                used = file.stat().st_mtime
                found.append(Entry(file.parent, entry["content"], sum(entry["bytes"]), used))
        return sorted(found, key=lambda entry: -entry.used)

    def make_room(self, size: int) -> None:
        """Remove entries until `size` more bytes fit, those used longest ago first.

        Raises:
            SearchError: that many bytes never fit.
        """
        if size > self.limit:
            raise SearchError(
                f"Features of {size / 1e9:.1f} GB do not fit in the cache's limit of {self.limit / 1e9:.1f} GB; "
                "set TRANSFERTUNE_CACHE_LIMIT higher, or use a smaller image_size."
            )
        self._remove_abandoned()
        entries = self.entries()
        used = sum(entry.size for entry in entries)
        while entries and used + size > self.limit:
            last = entries.pop()
            shutil.rmtree(last.place, ignore_errors=True)
            used -= last.size

    def clear(self) -> int:
        """Remove everything; return the bytes that were freed."""
        freed = sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())
        shutil.rmtree(self.folder, ignore_errors=True)
        return freed

    def _remove_abandoned(self) -> None:
        """Remove what killed processes were writing."""
        for beside in self.folder.glob(f"*/{_WRITING}*"):
            with contextlib.suppress(OSError):
                if time.time() - beside.stat().st_mtime > _ABANDONED_AFTER:
                    shutil.rmtree(beside, ignore_errors=True)


def _open(place: Path) -> list[np.ndarray] | None:
    """Return the arrays of a whole entry, None if it is missing, and remove a damaged one."""
    try:
        entry = json.loads((place / _ENTRY).read_text())
        arrays = []
        for i, size in enumerate(entry["bytes"]):
            if (place / f"{i}.npy").stat().st_size != size:
                raise ValueError
            arrays.append(np.load(place / f"{i}.npy", mmap_mode="r", allow_pickle=False))
        with contextlib.suppress(OSError):  # a cache that cannot be written still serves
            os.utime(place / _ENTRY)
        return arrays
    except FileNotFoundError:
        if not place.exists():
            return None
    except (ValueError, KeyError, TypeError):
        pass
    shutil.rmtree(place, ignore_errors=True)
    return None


def _write(
    place: Path,
    content: dict,
    rows: int,
    batches: Iterator[Sequence[np.ndarray]],
    make_room: Callable[[int], None],
) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=_WRITING, dir=place.parent))
    try:
        sizes = _write_arrays(beside, rows, batches, make_room)
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


def _write_arrays(
    folder: Path,
    rows: int,
    batches: Iterator[Sequence[np.ndarray]],
    make_room: Callable[[int], None],
) -> list[int]:
    stored: list[np.memmap] = []
    done = 0
    for batch in batches:
        if not stored:
            make_room(sum(array[:1].nbytes for array in batch) * rows)
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
