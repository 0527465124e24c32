"""The process of the command line decides and writes; only its workers import Keras and TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from transfertune.reports import load_study

SPACE = """
from transfertune.search_spaces import Choice, Float, Space
SPACE = Space("mine", "Mine", "x", None, {"backbone": "drawn_net", "image_size": 32,
              "dense": Choice("none", "8"), "dropout": Float(0, 0.5), "learning_rate": 0.01}, epochs=2)
"""
COMMANDS = """
import sys
from transfertune.tuner.cli.main import main

for words in {}:
    try:
        main(words)
    except SystemExit as ended:
        assert ended.code == 0, (words, ended.code)
"""
STRATEGIES = """
import sys
from transfertune.search_spaces import Choice, Space
from transfertune.tuner.strategies.strategy import STRATEGIES, Strategy

space = Space("mine", "Mine", "x", None, {"dense": Choice("none", "8"), "batch_size": Choice(8, 16)})
for name in STRATEGIES:
    strategy = Strategy(name, space, direction="max", trials=9, epochs=9, seed=0)
    for number in range(6):
        if strategy.propose(number):
            strategy.tell(number, number / 6)
"""
END = """
heavy = {"keras", "keras_tuner", "tensorflow", "jax", "torch"} & set(sys.modules)
assert not heavy, heavy
"""


def run(source: str, folder: Path) -> None:
    """Run a script that has to end without a framework among its modules."""
    child = [sys.executable, "-c", source + END]
    done = subprocess.run(child, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_search_leaves_its_own_process_without_a_framework(images, weights, tmp_path):
    """Label check, trials, retraining and export ran, and the process has imported neither Keras nor TensorFlow."""
    (tmp_path / "mine.py").write_text(SPACE)
    search = ["search", "--space", "mine.py", "--data", str(images), "--weights", str(weights)]
    search += ["--trials", "2", "--folds", "1", "--repeats", "1", "--study", "study"]
    run(COMMANDS.format([search, ["export-best", "study", "--out", "model.keras"]]), tmp_path)
    study = load_study(tmp_path / "study")
    assert len(study.retrains) == 1
    assert study.paths.label_check.exists()
    assert (tmp_path / "model.keras").exists()


def test_strategies_need_no_framework(tmp_path):
    """All of them propose and learn, the Gaussian process too."""
    run(STRATEGIES, tmp_path)
