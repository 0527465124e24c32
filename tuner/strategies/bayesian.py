"""Bayesian optimization: a Gaussian process over past scores, and its lower confidence bound.

It starts with few random points. It never proposes a recipe twice, nor one that costs too much while a cheaper one is
new.
"""

import warnings

import numpy as np
from scipy.optimize import minimize
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern
from threadpoolctl import threadpool_limits

from .dimensions import Dimension
from .oracle import Oracle, OracleTrial, Values

_NOISE = 1e-4
_EXPLORATION = 2.6
_STARTS = 50


class BayesianOracle(Oracle):
    """Proposes where the process expects a low loss or knows little.

    Args:
        dimensions: What is chosen.
        maximise: Whether higher scores are better.
        trials: The most trials that will be asked for, None without a limit.
    """

    def __init__(
        self, dimensions: tuple[Dimension, ...], *, maximise: bool, trials: int | None = None
    ):
        super().__init__(dimensions, maximise=maximise)
        self._first = max(4, min(2 * len(dimensions), (trials or 100) // 3))
        self._random = np.random.RandomState(1)
        self._process = GaussianProcessRegressor(
            kernel=Matern(nu=2.5),
            n_restarts_optimizer=20,
            normalize_y=True,
            alpha=_NOISE,
            random_state=1,
        )

    def reseed(self, seed: int) -> None:
        """Seed the starts of the search for the optimum too."""
        super().reseed(seed)
        self._random = np.random.RandomState(seed)

    def propose(self, known: Values | None) -> OracleTrial | None:
        """Minimise the lower confidence bound, or draw a new recipe if that one was tried or costs too much."""
        if known is not None:
            return self.taken(known)
        if sum(trial.loss is not None for trial in self.trials) < self._first:
            values = self.draw()
        else:
            # Its matrices are tiny: more threads double the work, and make it many times slower on a busy machine.
            with warnings.catch_warnings(), threadpool_limits(1):
                warnings.simplefilter("ignore")  # the fit of the kernel warns at its bounds
                values = self._optimum()
        if values is not None and (self.was_tried(values) or not self.affords(values)):
            values = self.draw()
        return None if values is None else OracleTrial(values)

    def _optimum(self) -> Values:
        self._process.fit(*self._points())
        number = len(self.dimensions)
        bounds = np.array([[0, 1]] * number)
        best, lowest = np.zeros(number), np.inf
        for start in self._random.uniform(bounds[:, 0], bounds[:, 1], size=(_STARTS, number)):
            result = minimize(self._bound, x0=start, bounds=bounds, method="L-BFGS-B")
            reached = float(np.ravel(result.fun)[0])
            if reached < lowest:
                best, lowest = result.x, reached
        return self._values_at(best)

    def _bound(self, places: np.ndarray) -> np.ndarray:
        mean, deviation = self._process.predict(places.reshape(1, -1), return_std=True)
        return mean - _EXPLORATION * deviation

    def _points(self) -> tuple[np.ndarray, np.ndarray]:
        """Return places (trials, dimensions) and losses (trials,) of what ended well or still runs."""
        places, losses = [], []
        for trial in self.trials:
            if trial.ended and trial.loss is None:
                continue
            place = [d.place_of(trial.values.get(d.name, d.default)) for d in self.dimensions]
            places.append(place)
            losses.append(self._pessimistic(place) if trial.loss is None else trial.loss)
        return tuple(np.nan_to_num(np.array(a), posinf=0, neginf=0) for a in (places, losses))

    def _pessimistic(self, place: list[float]) -> float:
        """Return a loss for a trial that still runs, so that its neighbourhood is left alone."""
        mean, deviation = self._process.predict(np.array([place]), return_std=True)
        return float(np.ravel(mean)[0] + np.ravel(deviation)[0])

    def _values_at(self, places: np.ndarray) -> Values:
        values: Values = {}
        for dimension, place in zip(self.dimensions, places, strict=True):
            if dimension.applies(values):
                values[dimension.name] = dimension.value_at(float(place))
        return values
