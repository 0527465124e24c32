"""`tune cache`: what is kept, how large it is, and how to remove it."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.tuner.cli.main import main
from transfertune.tuner.features.cache import FeatureCache


@pytest.fixture
def tune(capsys, tmp_path, monkeypatch):
    """Run the command line with a cache of its own; return its exit code and output."""
    monkeypatch.setenv("TRANSFERTUNE_CACHE", str(tmp_path))

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return ended.value.code, capsys.readouterr().out

    return run


def test_an_empty_cache_says_where_it_is(tune, tmp_path):
    """Nothing is kept, and the settings are named."""
    code, out = tune("cache")
    assert code == 0
    assert out.startswith("Features: 0 kB in ")
    assert "(limit 20.0 GB)" in out
    assert "TRANSFERTUNE_CACHE_LIMIT to change the limit" in out
    assert "Data sets" not in out


def test_features_and_data_sets_are_told_apart(tune, tmp_path):
    """Features are a table and can be removed; data sets and copies are a size, and stay."""
    content = {"backbone": "drawn_net", "size": 64, "unfreeze": 0, "pooled": True}
    features = FeatureCache(tmp_path)
    features.get(content, 4, lambda: iter([[np.zeros((4, 500_000), np.float32)]]))
    (tmp_path / "datasets" / "pets").mkdir(parents=True)
    (tmp_path / "datasets" / "pets" / "1.jpg").write_bytes(bytes(2_500_000))
    code, out = tune("cache")
    assert code == 0
    assert "drawn_net, 64x64, unfreeze 0, averaged  4       8.0 MB" in out
    assert f"Features: 8.0 MB in {tmp_path / 'features'} (limit 20.0 GB)" in out
    assert f"Data sets: 2.5 MB in {tmp_path / 'datasets'} (no limit)" in out
    code, out = tune("cache", "--clear")
    assert (code, out[:28]) == (0, "Removed 8.0 MB of features in"[:28])
    assert (tmp_path / "datasets" / "pets" / "1.jpg").exists()
    assert FeatureCache(tmp_path).entries() == []
