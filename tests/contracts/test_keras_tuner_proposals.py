"""Random search, grid search and Bayesian optimization propose what Keras Tuner's own oracles propose."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from transfertune.search_spaces import Choice, Float, Int, Space
from transfertune.tuner.seeds import derive_seed
from transfertune.tuner.strategies.bayesian import BayesianOracle
from transfertune.tuner.strategies.dimensions import dimensions_of
from transfertune.tuner.strategies.grid import GridOracle
from transfertune.tuner.strategies.keras_tuner_space import declare
from transfertune.tuner.strategies.random_search import RandomOracle

LISTED = Space(
    "listed",
    "Listed",
    "anything",
    None,
    {
        "dense": Choice("none", "8", "16"),
        "batch_norm": Choice(True, False),
        "unfreeze": Choice(0, 2, "all"),
        "head_epochs": Choice(0, 3),
        "fine_tune_rate": Choice(1e-5, 1e-4),
    },
)
RANGES = Space(
    "ranges",
    "Ranges",
    "anything",
    None,
    {
        "unfreeze": Int(0, 2),
        "head_epochs": Choice(0, 3),
        "fine_tune_rate": Float(1e-5, 1e-3, log=True),
        "dropout": Float(0, 0.5),
        "batch_size": Int(4, 64, log=True),
    },
)
FEW = Space(
    "few",
    "Few",
    "anything",
    None,
    {
        "unfreeze": Choice(0, 2, "all"),
        "head_epochs": Choice(0, 3),
        "dropout": Float(0, 0.5),
    },
)
CASES = {
    "RandomSearch": (RandomOracle, RANGES, 30),
    "GridSearch": (GridOracle, LISTED, 60),
    "BayesianOptimization": (BayesianOracle, FEW, 9),
}


@pytest.mark.parametrize("direction", ["max", "min"])
@pytest.mark.parametrize("name", CASES)
def test_proposals_are_those_of_keras_tuner(task, tmp_path, name, direction):
    """With the same seed before every question and the same scores, all values are equal."""
    import keras_tuner

    kind, space, trials = CASES[name]
    ours = kind(dimensions_of(space), maximise=direction == "max")
    theirs = _keras_tuners(keras_tuner, name, space, direction, tmp_path)
    for number in range(trials):
        seed = derive_seed(0, "proposal", number)
        ours.reseed(seed)
        theirs._seed_state, theirs._random_state = seed, np.random.RandomState(seed)
        trial = ours.ask(None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = theirs.create_trial(f"asked-{number}")
        if trial is None:
            assert expected.status == "STOPPED"
            assert number == 35
            break
        assert _as_text(trial.values) == _as_text(expected.hyperparameters.values), number
        score = derive_seed(0, json.dumps(_as_text(trial.values), sort_keys=True)) / 2**31
        ours.finish(trial, score)
        theirs.update_trial(expected.trial_id, {"score": score})
        expected.status = "COMPLETED"
        theirs.end_trial(expected)


def _keras_tuners(keras_tuner, name: str, space: Space, direction: str, folder):
    hp = keras_tuner.HyperParameters()
    declare(space, hp)
    bayesian = name == "BayesianOptimization"
    options = {"num_initial_points": 2 * len(hp.space)} if bayesian else {}
    oracle = getattr(keras_tuner.oracles, f"{name}Oracle")(
        objective=keras_tuner.Objective("score", direction),
        hyperparameters=hp,
        max_trials=None,
        seed=1,
        **options,
    )
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "theirs")
    return oracle


def _as_text(values: dict) -> dict[str, str]:
    """Return values as text: Keras Tuner takes choices that are no numbers as text."""
    return {name: repr(float(v)) if isinstance(v, float) else str(v) for name, v in values.items()}
