"""Small real things to train on: images with an easy signal, a space over them, and finished studies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from transfertune.reports import Study, Trial
from transfertune.search_spaces import Choice, Float, Recipe, Space

COLOURS = {"blue": (40, 60, 200), "green": (50, 180, 60), "red": (200, 50, 40)}
PER_CLASS = 12
SPACE = Space(
    name="tiny",
    title="Coloured noise",
    expects="the images drawn here",
    data=None,
    domains={
        "backbone": "drawn_net",
        "image_size": 32,
        "pooling": "flatten",
        "dense": Choice("none", "8"),
        "dropout": Float(0, 0.5),
        "learning_rate": Float(3e-3, 3e-2, log=True),
        "batch_size": Choice(8, 16),
    },
    epochs=3,
    trials=4,
)


def draw(folder: Path, colours=COLOURS, per_class: int = PER_CLASS, seed: int = 0) -> Path:
    """Write class folders of 40x40 PNG files of noise around a colour."""
    rng = np.random.default_rng(seed)
    for name, colour in colours.items():
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            noise = rng.normal(0, 40, (40, 40, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory) -> Path:
    """One cache for all tests, also for what asks for the user's own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRANSFERTUNE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def images(tmp_path_factory) -> Path:
    """A folder of three class folders with twelve images each."""
    return draw(tmp_path_factory.mktemp("images") / "colours")


@pytest.fixture(scope="session")
def keras_ready() -> None:
    """Set Keras up as a worker does."""
    from transfertune.tuner.keras_setup import prepare_keras

    prepare_keras()


@pytest.fixture(scope="session")
def weights(images, keras_ready, tmp_path_factory) -> Path:
    """A folder of weights for the small backbone: random kernels, statistics of the images.

    Without the statistics the activations of random layers fade to nothing, and no head learns from them.
    """
    from transfertune.datasets import decode_all
    from transfertune.tuner.backbones.backbone import build_base

    folder = tmp_path_factory.mktemp("weights")
    network = build_base("drawn_net", 32, "none").network
    network.trainable = True
    pixels = np.stack(list(decode_all(sorted(images.glob("*/*.png")), 32, "crop")))
    for _ in range(40):
        network(pixels / np.float32(127.5) - 1, training=True)
    network.save_weights(folder / "drawn_net_no_top.weights.h5")
    return folder


@pytest.fixture(scope="session")
def run_search(images, cache, weights) -> Callable[..., Study]:
    """Return `search` over the tiny space, in this process, one fit a trial; options replace its own."""
    from transfertune.tuner import search

    def run(study: Path, space: Space = SPACE, **options) -> Study:
        defaults = {
            "data": images,
            "cache": cache,
            "weights": weights,
            "strategy": "random",
            "in_process": True,
            "retrain_winner": False,
            "folds": 1,
            "repeats": 1,
        }
        return search(space, study=study, **{**defaults, **options})

    return run


@pytest.fixture(scope="session")
def finished(run_search, tmp_path_factory) -> Study:
    """A study of four baselines and four random trials with its winner retrained; tests only read it."""
    folder = tmp_path_factory.mktemp("finished") / "study"
    return run_search(folder, retrain_winner=True, command="tune search --space tiny")


@pytest.fixture(scope="session")
def searched() -> Callable[[Study], tuple[Trial, ...]]:
    """Return what finds the trials that a strategy proposed, by their numbers."""
    return lambda study: tuple(trial for trial in study.trials if trial.role == "search")


@pytest.fixture(scope="session")
def dataset(images, cache):
    """The images as a data set."""
    from transfertune.datasets import load_dataset

    return load_dataset(images, cache=cache)


@pytest.fixture(scope="session")
def split(dataset):
    """Train, validation and test indices of the images."""
    from transfertune.datasets import split_dataset

    return split_dataset(dataset, seed=1)


@pytest.fixture(scope="session")
def task(dataset, cache, weights):
    """What jobs need to know of the images; every image is in the pool."""
    from transfertune.tuner.trials.task import Task

    return Task(
        pool=np.arange(len(dataset.images)),
        paths=tuple(p.path for p in dataset.images),
        digests=tuple(p.digest for p in dataset.images),
        labels=dataset.labels,
        classes=dataset.classes,
        weights=str(weights),
        cache=cache,
        objective="accuracy",
        seed=0,
    )


@pytest.fixture(scope="session")
def new_recipe() -> Callable[..., Recipe]:
    """Return the maker of recipes on the small backbone, called with what differs."""

    def make(**values) -> Recipe:
        return Recipe.from_values({"backbone": "drawn_net", "image_size": 32, **values}, epochs=9)

    return make


@pytest.fixture(scope="session")
def new_estimator(task, new_recipe):
    """Return the maker of a fresh estimator of a recipe, called with what differs."""
    from transfertune.tuner.events import unheard
    from transfertune.tuner.training.estimators import make_estimator

    def make(*, seed: int = 1, **values):
        return make_estimator(task, new_recipe(**values), seed, unheard)

    return make


@pytest.fixture(scope="session")
def new_training(new_estimator):
    """Return the maker of a fresh training of a recipe, called with what differs."""
    return lambda **values: new_estimator(**values).training


@pytest.fixture(scope="session")
def draw_images() -> Callable[..., Path]:
    """Return the writer of class folders, called with a folder and what differs."""
    return draw


@pytest.fixture(scope="session")
def new_space() -> Callable[..., Space]:
    """Return the maker of spaces, called with the domains that differ from the tiny space's."""

    def make(**domains) -> Space:
        return replace(SPACE, domains={**SPACE.domains, **domains})

    return make
