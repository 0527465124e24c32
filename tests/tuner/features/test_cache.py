"""The cache: a whole entry or none, whatever was interrupted or damaged."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from transfertune.tuner.features.cache import FeatureCache, default_cache

CONTENT = {"what": "numbers"}
ARRAYS = [np.arange(12, dtype=np.float32).reshape(6, 2), np.arange(6, dtype=np.uint8)]


class Source:
    """Computes the arrays in batches of four and counts how often."""

    def __init__(self):
        self.runs = 0

    def __call__(self):
        """Yield the batches."""
        self.runs += 1
        yield [array[:4] for array in ARRAYS]
        yield [array[4:] for array in ARRAYS]


@pytest.fixture
def source():
    """A fresh source."""
    return Source()


@pytest.fixture
def store(tmp_path):
    """An empty cache."""
    return FeatureCache(tmp_path)


def entry(store: FeatureCache) -> Path:
    """Return the folder of the only entry."""
    (found,) = store.folder.glob("*/*")
    return found


def check(arrays) -> None:
    """Compare with what the source computes."""
    assert len(arrays) == len(ARRAYS)
    for stored, expected in zip(arrays, ARRAYS, strict=True):
        assert stored.dtype == expected.dtype
        np.testing.assert_array_equal(stored, expected)


def test_an_entry_is_computed_once(store, source):
    """The second reader, also one of another process, gets the stored arrays, read-only."""
    check(store.get(CONTENT, 6, source))
    again = FeatureCache(store.folder.parent).get(CONTENT, 6, source)
    check(again)
    assert source.runs == 1
    with pytest.raises(ValueError, match="read-only"):
        again[0][0, 0] = 1


@pytest.mark.parametrize(
    ("content", "rows"), [({"what": "others"}, 6), ({**CONTENT, "more": 1}, 6)]
)
def test_other_content_is_another_entry(store, source, content, rows):
    """Whatever the entry depends on is part of its key."""
    store.get(CONTENT, 6, source)
    store.get(content, rows, source)
    assert source.runs == 2


def test_the_order_of_keys_does_not_matter(store, source):
    """The same content said in another order is the same entry."""
    store.get({"a": 1, "b": 2}, 6, source)
    store.get({"b": 2, "a": 1}, 6, source)
    assert source.runs == 1


def truncate(folder: Path) -> None:
    """Cut an array short."""
    file = folder / "0.npy"
    file.write_bytes(file.read_bytes()[:-3])


def lose_an_array(folder: Path) -> None:
    """Delete an array."""
    (folder / "1.npy").unlink()


def lose_the_entry(folder: Path) -> None:
    """Delete the file that says the entry is whole."""
    (folder / "entry.json").unlink()


def tear_the_entry(folder: Path) -> None:
    """Leave half of the file that says the entry is whole."""
    (folder / "entry.json").write_text((folder / "entry.json").read_text()[:20])


def empty_the_entry(folder: Path) -> None:
    """Leave JSON that says nothing."""
    (folder / "entry.json").write_text("{}")


def spoil_the_bytes(folder: Path) -> None:
    """Put a list of nonsense where sizes should be."""
    values = json.loads((folder / "entry.json").read_text()) | {"bytes": None}
    (folder / "entry.json").write_text(json.dumps(values))


def spoil_the_text(folder: Path) -> None:
    """Put bytes that are no text where the JSON should be."""
    (folder / "entry.json").write_bytes(b"\xff\xfe\x00")


DAMAGES = (
    truncate,
    lose_an_array,
    lose_the_entry,
    tear_the_entry,
    empty_the_entry,
    spoil_the_bytes,
    spoil_the_text,
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_a_damaged_entry_is_computed_again(store, source, damage):
    """However an entry was damaged, the reader gets the right arrays and the entry is whole again."""
    store.get(CONTENT, 6, source)
    damage(entry(store))
    check(store.get(CONTENT, 6, source))
    check(store.get(CONTENT, 6, source))
    assert source.runs == 2


def test_an_interrupted_computation_leaves_nothing(store, source):
    """An error half way is passed on, and nothing stays behind that looks like an entry."""

    def interrupted():
        yield [array[:4] for array in ARRAYS]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.get(CONTENT, 6, interrupted)
    assert [p for p in store.folder.rglob("*") if p.is_file()] == []
    check(store.get(CONTENT, 6, source))


def test_too_few_rows_are_our_mistake(store, source):
    """A computation that does not keep its promise never becomes an entry."""
    with pytest.raises(RuntimeError, match="7 rows were promised, 6 came"):
        store.get(CONTENT, 7, source)
    assert [p for p in store.folder.rglob("*") if p.is_file()] == []


def test_two_writers_of_one_entry_both_get_it(store):
    """Two that compute the same at once both end with the whole entry, and no litter stays."""
    together = threading.Barrier(2)
    results = []

    def compute():
        together.wait()
        yield ARRAYS

    def read():
        results.append(store.get(CONTENT, 6, compute))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for arrays in results:
        check(arrays)
    assert len(results) == 2
    assert [p.name for p in entry(store).parent.iterdir()] == [entry(store).name]


def test_the_cache_lies_where_the_environment_says(monkeypatch, tmp_path):
    """TRANSFERTUNE_CACHE names the folder; without it the user's cache folder is taken."""
    monkeypatch.setenv("TRANSFERTUNE_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("TRANSFERTUNE_CACHE")
    assert default_cache().name == "transfertune"
