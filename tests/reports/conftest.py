"""Study folders as a search leaves them, with real arrays and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from transfertune.reports import (
    FORMAT,
    HISTORY_COLUMNS,
    Fit,
    Retrain,
    RetrainScores,
    StudyPaths,
    Trial,
    write_predictions,
)
from transfertune.reports.study.files.histories import write_history
from transfertune.reports.study.log import StudyLog
from transfertune.reports.study.records import as_line

CLASSES = ("circle", "square", "star")
BACKBONES = ("mobilenet_v2", "resnet50", "efficientnet_b0")


def header(**changes):
    """The first line of a log, as the tuner writes it; `changes` replace values, also within its parts."""
    whole = {
        "format": FORMAT,
        "space": {"name": "quickstart", "title": "Drawn shapes", "domains": {}},
        "data": {
            "name": "drawn",
            "root": "/images/drawn",
            "digest": "ab" * 32,
            "classes": list(CLASSES),
            "counts": {"train": [40] * 3, "validation": [20] * 3, "test": [17, 17, 16]},
            "unreadable": [["star/broken.png", "cannot identify image file"]],
            "notes": [],
        },
        "split": {"train": 120, "validation": 60, "test": 50},
        "policy": {
            "kind": "hold-outs",
            "folds": 1,
            "repeats": 5,
            "first_fits": 1,
            "costly_fits": 1,
            "fits": 5,
            "criterion": "log_loss",
            "division": "0" * 16,
            "sentence": "hold-outs: up to 60 images are used for validation, in parts",
        },
        "weights": {"source": "imagenet", "digests": {"mobilenet_v2": "cd" * 32}},
        "objective": {"name": "accuracy", "direction": "max"},
        "strategy": "random",
        "limits": {"trials": 20, "budget_s": 1200.0, "epochs": 20},
        "strategy_trials": 20,
        "seed": 0,
        "versions": {"transfertune": "0.1.0", "keras": "3.15.0"},
        "command": "tune search --space quickstart",
        "created": "2026-01-02T03:04:05Z",
    }
    for name, value in changes.items():
        part = isinstance(value, dict) and isinstance(whole.get(name), dict)
        whole[name] = {**whole[name], **value} if part else value
    return whole


def make_trial(number: int, **changes) -> Trial:
    """A completed trial, or with `cause` a failed one; the same number gives the same trial."""
    rng = np.random.default_rng(number)
    score = round(0.95 - 0.4 * float(rng.random()) ** 2, 4)
    recipe = {
        "backbone": BACKBONES[number % 3],
        "pooling": "gap",
        "dense": ("none", "128", "256-64")[number % 3],
        "dropout": round(float(rng.uniform(0, 0.6)), 2),
        "learning_rate": float(10 ** rng.uniform(-4, -2)),
        "batch_size": int(2 ** rng.integers(3, 7)),
        "unfreeze": 0,
    }
    epochs = int(rng.integers(6, 20))
    fit = Fit(number, 0, 0, score, {"accuracy": score, "loss": 1 - score}, epochs, epochs - 3, 4.5)
    values = {
        "number": number,
        "status": "completed",
        "recipe": recipe,
        "score": score,
        "fits": (fit,),
        "seconds": 5.25,
        "started": "2026-01-02T03:04:05Z",
        "parameters": {"total": 2_260_000 + number, "trainable": 3_843},
        **changes,
    }
    if values.get("cause"):
        values |= {"status": "failed", "score": None, "fits": ()}
    return Trial(**values)


def epochs_of(trial: Trial) -> list[dict]:
    """The epochs of a trial, a plausible curve."""
    rng = np.random.default_rng(trial.number)
    rows = []
    for epoch in range(1, (trial.fits[0].epochs if trial.fits else 3) + 1):
        up = trial.score * (1 - np.exp(-epoch / 4)) if trial.score else 0.3
        noise = 0.02 * rng.standard_normal(2)
        values = [1.2 - up, min(1.0, up + 0.05 + noise[0]), 1.25 - up, min(1.0, up + noise[1]), 0.4]
        row = [0, 0, epoch, "head", 0.001, *values]
        rows.append(dict(zip(("repeat", "fold", *HISTORY_COLUMNS), row, strict=True)))
    return rows


def predict(count: int, classes: int, seed: int) -> dict[str, np.ndarray]:
    """Predictions that are right about eight times in ten."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    logits = rng.standard_normal((count, classes)) + 2.0 * np.eye(classes)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return {
        "indices": np.arange(count, dtype=np.int64),
        "labels": labels.astype(np.int64),
        "probabilities": probabilities.astype(np.float32),
    }


def write_study(folder: Path, trials=(), *, retrain: bool = False, **changes) -> Path:
    """Write a whole study folder; `changes` replace parts of the header."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = header(**changes)
    paths = StudyPaths(folder)
    paths.header.write_text(json.dumps(facts, indent=1))
    log = StudyLog(paths.log)
    log.append({"kind": "study", **facts})
    classes = facts["data"].get("classes", CLASSES)
    for trial in trials:
        log.append(as_line(trial))
        write_history(paths.trial(trial.number).history, epochs_of(trial))
        if trial.scored:
            write_predictions(
                paths.trial(trial.number).predictions, predict(60, len(classes), trial.number)
            )
    if retrain:
        write_predictions(paths.test_predictions, predict(50, len(classes), 99))
        scores = RetrainScores(accuracy=0.82, loss=0.51, score=0.82, images=50)
        at = "2026-01-02T04:00:00Z"
        model = "best/model.keras"
        log.append(as_line(Retrain(trials[0].number, 0, 9, scores, 1, 7.5, model, "ab" * 32, at)))
    return folder


@pytest.fixture(scope="session")
def new_trial():
    """Return the maker of trials, called with a number, or with a cause for a failed one."""
    return make_trial


@pytest.fixture(scope="session")
def study_writer():
    """Return the writer of studies, called with a folder, trials and changes of the header."""
    return write_study


@pytest.fixture
def new_study(tmp_path):
    """Return the writer of studies, called with trials and changes of the header."""

    def write(trials=(), *, name="study", **changes):
        return write_study(tmp_path / name, trials, **changes)

    return write
