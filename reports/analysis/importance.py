"""Which hyperparameters moved the score, as far as the trials of one search can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..wording.formatting import percent
from ..wording.recipe_words import varied_names

if TYPE_CHECKING:
    import numpy as np

    from ..study.trial import Trial

MIN_TRIALS = 20
FOLDS = 5
TREES = 64
# Below this share of the scores' variance the forest has learned nothing that its importances could stand on.
MIN_EXPLAINED = 0.1


@dataclass(frozen=True)
class Importance:
    """The share of the scores' variance that goes with one hyperparameter, alone or together with others.

    `share` is about 0 to 1 (below 0 by chance), `spread` its standard deviation over the folds.
    """

    name: str
    share: float
    spread: float


@dataclass(frozen=True)
class Importances:
    """The importances, largest first, and the share of the variance of unseen scores that the forest `explained`.

    `items` is empty where too few `trials` or too little explained variance let nothing be said.
    """

    items: tuple[Importance, ...]
    explained: float | None
    trials: int

    @property
    def sentence(self) -> str:
        """Say how the importances were found, or why there are none."""
        if self.trials < MIN_TRIALS:
            return (
                f"Importances need at least {MIN_TRIALS} scored trials; "
                f"there {'is' if self.trials == 1 else 'are'} {self.trials}."
            )
        if self.explained is None or self.explained < MIN_EXPLAINED:
            return (
                "A random forest could not predict the scores of these trials from their hyperparameters, so no "
                "importances are shown. Chance, or what all trials share, had a larger effect than any value."
            )
        return (
            "Importance is the share of the scores' variance that goes with a hyperparameter, alone or together with "
            f"others. A random forest is fitted on {FOLDS - 1} of {FOLDS} parts of the {self.trials} trials and "
            "predicts the other part with that hyperparameter shuffled. Without shuffling, it explains "
            f"{percent(self.explained)} of the variance. Importances describe the tried values only and show no causes."
        )


def importances(trials: Sequence[Trial]) -> Importances:
    """Estimate the permutation importance of every hyperparameter that varies among scored trials.

    Permutation importance is Breiman's (Machine Learning 45 (2001), pages 5 to 32), here on trials that the forest was
    not fitted on. Half of it, over the variance, is the total Sobol index when hyperparameters are drawn independently
    (Gregorutti, Michel and Saint-Pierre, Statistics and Computing 27 (2017), pages 659 to 678).
    The order of the trials does not matter.
    """
    trials = sorted(trials, key=lambda trial: trial.number)
    names = varied_names(trial.recipe for trial in trials)
    if len(trials) < MIN_TRIALS or not names:
        return Importances((), None, len(trials))
    import numpy as np

    columns = np.column_stack([encode([t.recipe.get(name) for t in trials]) for name in names])
    scores = np.array([trial.score for trial in trials], np.float64)
    explained, shares = _forest(columns, scores)
    if explained < MIN_EXPLAINED:
        return Importances((), explained, len(trials))
    found = [
        Importance(name, float(share.mean()), float(share.std()))
        for name, share in zip(names, shares, strict=True)
    ]
    ordered = tuple(sorted(found, key=lambda one: (-one.share, one.name)))
    return Importances(ordered, explained, len(trials))


def encode(values: Sequence[Any]) -> np.ndarray:
    """Return values (N,) as numbers (N,): numbers as they are, others by their place, absent ones below all."""
    import numpy as np

    present = [value for value in values if value is not None]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        floor = min(present, default=0.0) - 1.0
        return np.array([floor if value is None else value for value in values], np.float64)
    places = {text: place for place, text in enumerate(sorted({repr(value) for value in present}))}
    return np.array([places.get(repr(value), -1) for value in values], np.float64)


def _forest(columns: np.ndarray, scores: np.ndarray) -> tuple[float, np.ndarray]:
    """Explained variance of unseen scores, and the shares (H, FOLDS) of it that go with each of the H columns."""
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import KFold

    foreseen, drops = np.zeros_like(scores), []
    for known, unseen in KFold(FOLDS, shuffle=True, random_state=0).split(columns):
        forest = RandomForestRegressor(TREES, min_samples_leaf=2, random_state=0)
        forest.fit(columns[known], scores[known])
        foreseen[unseen] = forest.predict(columns[unseen])
        shuffled = permutation_importance(
            forest,
            columns[unseen],
            scores[unseen],
            scoring="neg_mean_squared_error",
            n_repeats=5,
            random_state=0,
        )
        drops.append(shuffled.importances_mean)
    variance = float(scores.var()) or 1.0
    explained = 1 - float(((foreseen - scores) ** 2).mean()) / variance
    return explained, np.array(drops).T / (2 * variance)
