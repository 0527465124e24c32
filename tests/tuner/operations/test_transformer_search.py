"""A whole search with a frozen vision transformer, from the images to predictions with the exported model."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from transfertune.search_spaces import Choice
from transfertune.tuner import export_best, predict

WITHOUT_HUB = """
import sys
sys.modules["keras_hub"] = None
from transfertune.tuner.cli import main
main()
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(run_search, new_space, tmp_path_factory):
    """Baselines and two trials on a transformer with random weights, with the winner retrained."""
    pytest.importorskip("keras_hub", reason="keras-hub is not installed")
    space = new_space(backbone="dinov2_small", token_pooling=Choice("class", "both"), dense="none")
    folder = tmp_path_factory.mktemp("transformer") / "study"
    return run_search(folder, space, weights="none", trials=2, epochs=1, retrain_winner=True)


def test_everything_is_frozen(study):
    """All plain baselines and both trials are there and no fine-tuning; all of them share one pass."""
    assert [t.recipe["classifier"] for t in study.trials if not t.members] == [
        "logistic",
        "neighbours",
        "most_frequent",
        "head",
        "head",
    ]
    assert all(trial.status == "completed" for trial in study.trials)
    assert not any("unfreeze" in trial.recipe for trial in study.trials)


def test_the_export_predicts_and_says_what_it_needs(study, images, tmp_path):
    """The card names keras-hub; with it the model predicts as it was tested, without it the refusal is one line."""
    model = export_best(study, tmp_path / "model.keras").files[0]
    assert "The `.keras` file needs the package keras-hub." in (
        tmp_path / "model.card.md"
    ).read_text(encoding="utf-8")
    kept = study.test_predictions()
    paths = [images / name for name in study.images_frame()["path"].iloc[kept["indices"]]]
    predicted = predict(model, paths)
    np.testing.assert_allclose(predicted.probabilities, kept["probabilities"], atol=1e-6)
    words = [sys.executable, "-c", WITHOUT_HUB, "predict", str(model), str(paths[0])]
    refused = subprocess.run(words, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "cannot be loaded: keras-hub is not installed (pip install" in refused.stderr
    assert "Traceback" not in refused.stderr
