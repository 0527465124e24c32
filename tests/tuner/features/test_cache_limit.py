"""The feature cache keeps below its limit, and what is too large to store is computed when needed."""

import os

import numpy as np
import pytest

from transfertune.tuner import SearchError
from transfertune.tuner.features.cache import FeatureCache, cache_limit


@pytest.fixture(scope="module")
def base(weights):
    """The small backbone."""
    from transfertune.tuner.backbones.backbone import build_base

    return build_base("drawn_net", 32, weights)


def _store(cache: FeatureCache, name: str, rows: int = 100, used: float | None = None):
    arrays = cache.get({"name": name}, rows, lambda: iter([[np.zeros((rows, 10), np.float32)]]))
    if used is not None:
        entry = next(e for e in cache.entries() if e.content["name"] == name)
        os.utime(entry.place / "entry.json", (used, used))
    return arrays


def _names(cache: FeatureCache) -> list[str]:
    return [entry.content["name"] for entry in cache.entries()]


def test_the_entry_used_longest_ago_makes_room(tmp_path):
    """A new entry removes the oldest ones until everything is below the limit, and no more."""
    cache = FeatureCache(tmp_path, limit=13_000)
    for i, name in enumerate("abc"):
        _store(cache, name, used=1000.0 + i)
    _store(cache, "d")
    assert sorted(_names(cache)) == ["b", "c", "d"]
    assert sum(entry.size for entry in cache.entries()) <= 13_000


def test_reading_an_entry_keeps_it(tmp_path):
    """An entry that was read lately stays, and an older one goes."""
    cache = FeatureCache(tmp_path, limit=13_000)
    for i, name in enumerate("abc"):
        _store(cache, name, used=1000.0 + i)
    _store(cache, "a")
    _store(cache, "d")
    assert sorted(_names(cache)) == ["a", "c", "d"]


def test_an_entry_above_the_limit_is_refused(tmp_path):
    """What can never fit is said with both sizes, and nothing else is removed for it."""
    cache = FeatureCache(tmp_path, limit=13_000)
    _store(cache, "a")
    with pytest.raises(
        SearchError, match=r"do not fit in the cache's limit .* TRANSFERTUNE_CACHE_LIMIT"
    ):
        _store(cache, "large", rows=1000)
    assert _names(cache) == ["a"]
    assert not list(cache.folder.glob("*/.writing-*"))


def test_clearing_leaves_nothing(tmp_path):
    """Everything goes, also what a killed process left half-written; the bytes are counted."""
    cache = FeatureCache(tmp_path, limit=13_000)
    _store(cache, "a")
    half = cache.folder / "00" / ".writing-x"
    half.mkdir(parents=True)
    (half / "0.npy").write_bytes(b"12345")
    assert cache.clear() > 4000
    assert cache.entries() == []
    assert not cache.folder.exists()


@pytest.mark.parametrize(("text", "size"), [("500MB", 5e8), ("1.5 GB", 1.5e9), ("2tb", 2e12)])
def test_the_limit_is_read_with_its_unit(monkeypatch, text, size):
    """Megabytes, gigabytes and terabytes, in any case."""
    monkeypatch.setenv("TRANSFERTUNE_CACHE_LIMIT", text)
    assert cache_limit() == size


def test_a_limit_that_is_no_size_is_refused(monkeypatch):
    """The error names the variable, the value and an example."""
    monkeypatch.setenv("TRANSFERTUNE_CACHE_LIMIT", "much")
    with pytest.raises(SearchError, match=r"TRANSFERTUNE_CACHE_LIMIT must be a size such as 500MB"):
        cache_limit()


@pytest.mark.parametrize("augment", ["none", "light"])
def test_what_is_too_large_to_store_is_computed_the_same(task, base, new_recipe, tmp_path, augment):
    """Activations recomputed from pixels equal stored ones, in every view."""
    from transfertune.tuner.features.features import FeatureSource, ImageFiles, RecomputedFeatures

    images = ImageFiles(task.paths, task.digests)
    recipe = new_recipe(unfreeze=20, augment=augment, views=2 if augment != "none" else None)
    made = [
        FeatureSource(
            images, FeatureCache(tmp_path, limit=limit), seed=0, progress=lambda *_: None
        ).features(recipe, base, 20)
        for limit in (10**9, 130_000)
    ]
    stored, computed = made
    assert isinstance(computed, RecomputedFeatures)
    assert not isinstance(stored, RecomputedFeatures)
    some = np.array([3, 0, 7])
    for ours, theirs in zip(computed.for_inference(some), stored.for_inference(some), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    for epoch in range(3):
        pairs = zip(
            computed.for_training(some, epoch), stored.for_training(some, epoch), strict=True
        )
        for ours, theirs in pairs:
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_float16_halves_the_file_and_hardly_moves_the_values(task, base, new_recipe, tmp_path):
    """Stored in half the bytes, handed out as float32, within half precision's rounding."""
    from transfertune.tuner.features.features import FeatureSource, ImageFiles

    cache = FeatureCache(tmp_path, limit=10**9)
    source = FeatureSource(
        ImageFiles(task.paths, task.digests), cache, seed=0, progress=lambda *_: None
    )
    whole, half = (
        source.features(new_recipe(pooling="flatten", feature_dtype=dtype), base, 0).for_inference(
            np.arange(5)
        )[0]
        for dtype in ("float32", "float16")
    )
    assert half.dtype == np.float32
    np.testing.assert_allclose(half, whole, rtol=1e-3, atol=1e-6)
    sizes = sorted(entry.size for entry in cache.entries())
    assert 1.8 < sizes[1] / sizes[0] < 2.2
