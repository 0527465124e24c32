"""Six small images, and trainings of any backbone on them with random weights."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from transfertune.search_spaces import Recipe


@pytest.fixture(scope="session")
def task(tmp_path_factory):
    """Two classes of three images each, with Keras set up as in a worker."""
    from transfertune.tuner.keras_setup import prepare_keras
    from transfertune.tuner.trials.task import Task

    prepare_keras()
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    paths = tuple(folder / f"{i}.png" for i in range(6))
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (50, 60, 3), dtype=np.uint8)).save(path)
    return Task(
        pool=np.arange(6),
        paths=paths,
        digests=tuple(path.name for path in paths),
        labels=np.arange(6) % 2,
        classes=("even", "odd"),
        weights="none",
        cache=tmp_path_factory.mktemp("cache"),
        objective="accuracy",
        seed=0,
    )


@pytest.fixture(scope="session")
def train(task):
    """Train a recipe of a backbone for one epoch; give back the training."""
    from transfertune.tuner.events import unheard
    from transfertune.tuner.training.estimators import make_estimator

    def run(backbone: str, size: int, **values):
        values = {"dense": "4", "learning_rate": 0.01, **values}
        recipe = Recipe.from_values({"backbone": backbone, "image_size": size, **values}, epochs=1)
        training = make_estimator(task, recipe, 1, unheard).training
        stage = training.stages[-1]
        training.begin(stage, np.arange(6))
        training.epoch(stage, 1, stage.rate, np.arange(6))
        return training

    return run
