"""Studies without images or networks: what the scheduling of a search is decided on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from transfertune.datasets import Policy
from transfertune.reports import (
    FORMAT,
    Fit,
    FitFiles,
    Header,
    ImageTable,
    Study,
    StudyPaths,
    Trial,
    open_store,
)
from transfertune.search_spaces import Choice
from transfertune.tuner.backbones.layer_costs import LayerCosts
from transfertune.tuner.scheduling.cost_model import CostModel
from transfertune.tuner.scheduling.request import TrialRequest

IMAGES = 60
FOLDS = Policy("cross-validation", 5, 4, first_fits=5, costly_fits=5, fits=20)
VALUES = {
    "format": FORMAT,
    "space": {"name": "tiny", "title": "", "domains": {}},
    "objective": {"name": "accuracy", "direction": "max"},
    "data": {"name": "", "root": "", "digest": "", "classes": ["a", "b"]},
    "split": {"train": 48, "validation": 12, "test": 10},
    "policy": {
        "kind": "cross-validation",
        "folds": 5,
        "repeats": 4,
        "first_fits": 5,
        "costly_fits": 5,
        "fits": 20,
        "criterion": "log_loss",
        "division": "",
        "sentence": "",
    },
    "weights": {"source": "none", "digests": {}},
    "strategy": "random",
    "limits": {"trials": 9, "budget_s": None, "epochs": 1},
    "strategy_trials": 9,
    "seed": 0,
    "versions": {},
    "command": None,
    "created": "",
}


@pytest.fixture
def empty_study(tmp_path):
    """Return the maker of studies, called with trials and what else the log says."""

    def make(trials=(), **facts) -> Study:
        return Study(tmp_path, Header.from_json(VALUES), tuple(trials), **facts)

    return make


@pytest.fixture
def store(empty_study, tmp_path):
    """An open study without trials."""
    header = empty_study().header
    with open_store(tmp_path / "study", header) as store:
        none = np.zeros((1, 0), np.int16)
        store.begin(header, ImageTable(tmp_path, (), none[0].astype(np.int64), (), (), none))
        yield store


@pytest.fixture
def new_trial():
    """Return the maker of trials, called with a number, a loss or None for a failure, and what differs."""

    def make(number: int, loss: float | None = 0.5, *, fits: int = 1, **values) -> Trial:
        recipe = values.pop("recipe", {"backbone": "drawn_net", "classifier": "head"})
        if loss is None:
            return Trial(number, "failed", recipe, cause="it diverged", **values)
        made = tuple(Fit(1, fold, 0, 1 - loss, {"loss": loss}) for fold in range(fits))
        return Trial(number, "completed", recipe, 1 - loss, made, loss=loss, **values)

    return make


@pytest.fixture
def new_costs(listed_space):
    """Return the maker of cost models of a backbone whose three layers have a million multiplications each."""
    layers = LayerCosts(64, ("a", "b", "c"), (10**6,) * 3, (100,) * 3, (4, 4, 8), r"(\w)")

    def make(policy=FOLDS, *, space=listed_space, images=IMAGES, epochs=3, **options) -> CostModel:
        return CostModel(
            space,
            dict.fromkeys(space.backbones, layers),
            images=images,
            classes=2,
            policy=policy,
            epochs=epochs,
            **options,
        )

    return make


@pytest.fixture
def new_request(new_space):
    """Return the maker of requests, called with a number and what differs."""
    recipe = new_space(dense="none", dropout=0.0, learning_rate=0.01, batch_size=8).recipe(
        {}, epochs=3
    )

    def make(number: int = 1, **values) -> TrialRequest:
        request = TrialRequest(number, "search", recipe.as_dict(), 3, ((0, 0),))
        return replace(request, **values)

    return make


@pytest.fixture
def listed_space(new_space):
    """A space on one pretrained backbone that lists two runs."""
    space = new_space(backbone=Choice("drawn_net"))
    runs = tuple({"dense": dense, "dropout": 0.0, "learning_rate": 0.01} for dense in ("none", "8"))
    return replace(space, runs=runs)


@pytest.fixture
def make_study(tmp_path, empty_study):
    """Return the maker of studies with stored predictions, from each trial's share of right images and its fits."""

    def make(shares, fits=None, policy=FOLDS, roles=None) -> Study:
        fits = fits or [policy.first_fits] * len(shares)
        trials = []
        for number, (share, count) in enumerate(zip(shares, fits, strict=True), 1):
            slots = policy.slots[:count]
            made = tuple(Fit(1, f, r, share, {"loss": 1 - share}) for r, f in slots)
            write(StudyPaths(tmp_path).trial(number), number, share, slots)
            role = roles[number - 1] if roles else "search"
            recipe = {"backbone": "drawn_net", "classifier": "head", "epochs": 1}
            trial = Trial(number, "completed", recipe, share, made, loss=1 - share, role=role)
            trials.append(trial)
        return empty_study(tuple(trials))

    return make


def write(paths, number: int, share: float, slots) -> None:
    """Write a trial's predictions: the right class has probability `share`, jittered so that trials differ."""
    rng = np.random.default_rng(number)
    files = FitFiles(paths, "key", 1)
    for repeat, fold in slots:
        indices = np.arange(fold, IMAGES, 5)
        labels = indices % 2
        right = np.clip(share + rng.normal(0, 0.05, len(indices)), 0.01, 0.99)
        chances = np.where(np.eye(2, dtype=bool)[labels], right[:, None], 1 - right[:, None])
        files.add(Fit(1, fold, repeat, share), [], indices, labels, chances)
    files.save()
