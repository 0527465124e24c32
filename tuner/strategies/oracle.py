"""What the search algorithms share: an oracle proposes trials and is told how they ended.

The algorithms are those of Keras Tuner 1.4 (https://keras.io/keras_tuner): the same seed and the same scores give the
same proposals. They are written here without Keras, whose import costs more than many a search, and so that they can
be changed where they would lose or repeat trials.
"""

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from ...search_spaces import Choice
from ...search_spaces.domains import Value
from .dimensions import Dimension

# So many recipes in a row that were tried already mean that there is no other: few would give up a small space early.
_MOST_COLLISIONS = 500
# How many random recipes are drawn to find one that may be afforded.
_DRAWS = 50
Values = dict[str, Value]
# How much values cost too much that are trained for some epochs, for all epochs when None.
Excess = Callable[[Values, int | None], float]


@dataclass(eq=False)
class Rung:
    """A place in a bracket of successive halving: train to `epochs`, going on from `parent` if there is one."""

    bracket: int
    level: int
    epochs: int
    parent: "OracleTrial | None" = None


@dataclass(eq=False)
class OracleTrial:
    """A trial as an oracle knows it.

    Attributes:
        values: What it tries.
        rung: Its place in a bracket, where there are brackets.
        ended: Whether its score is known, or that it failed.
        loss: The score, negated where higher is better; None until the end and for a failure.
    """

    values: Values
    rung: Rung | None = None
    ended: bool = False
    loss: float | None = None


class Oracle(ABC):
    """Proposes values for dimensions; it is reseeded before every question.

    Args:
        dimensions: What is chosen.
        maximise: Whether higher scores are better.
    """

    def __init__(self, dimensions: tuple[Dimension, ...], *, maximise: bool):
        self.dimensions, self._sign = dimensions, -1 if maximise else 1
        self.trials: list[OracleTrial] = []
        self._tried: set[frozenset] = set()
        self._next_seed = 0
        self._excess: Excess | None = None

    def reseed(self, seed: int) -> None:
        """Draw from this seed on."""
        self._next_seed = seed

    def ask(self, known: Values | None, excess: Excess | None = None) -> OracleTrial | None:
        """Return a trial to run; None when nothing is left, or while a running one has to end first.

        Args:
            known: Values that were proposed here before; an oracle whose proposals are costly takes them as they are.
            excess: Says how much values cost too much; nothing does when None.
        """
        self._excess = excess
        trial = self.propose(known)
        if trial is not None:
            self._tried.add(_key(trial.values))
            self.trials.append(trial)
        return trial

    def finish(self, trial: OracleTrial, score: float | None) -> None:
        """Take the score of a trial; None means that it failed."""
        trial.ended = True
        trial.loss = None if score is None or math.isnan(score) else self._sign * score

    def may_continue(self) -> set[OracleTrial]:
        """Return the trials that a later one may go on with."""
        return set()

    @abstractmethod
    def propose(self, known: Values | None) -> OracleTrial | None:
        """Return a new trial, which `ask` then keeps."""

    def draw(self, epochs: int | None = None) -> Values | None:
        """Return random new values that may be afforded, else the cheapest that were drawn; None if none are new."""
        if self._excess is None:
            return self.draw_one()
        cheapest, least = None, math.inf
        for _ in range(_DRAWS):
            values = self.draw_one()
            if values is None:
                break
            excess = self._excess(values, epochs)
            if excess == 0:
                return values
            if excess < least:
                cheapest, least = values, excess
        return cheapest

    def draw_one(self) -> Values | None:
        """Return random values that were not tried, None when there seem to be no others."""
        for _ in range(_MOST_COLLISIONS + 1):
            values: Values = {}
            for dimension in self.dimensions:
                if dimension.applies(values):
                    place = random.Random(self._next_seed).random()
                    values[dimension.name] = dimension.value_at(place)
                    self._next_seed += 1
            if not self.was_tried(values):
                return values
        return None

    def affords(self, values: Values, epochs: int | None = None) -> bool:
        """Whether these values do not cost too much."""
        return self._excess is None or self._excess(values, epochs) == 0

    def was_tried(self, values: Values) -> bool:
        """Whether a trial had these values."""
        return _key(values) in self._tried

    def taken(self, known: Values) -> OracleTrial | None:
        """Return a trial with known values, unless they cannot have been proposed here.

        Numbers are not checked: they may lie a rounding error outside their range.
        """
        apply = {d.name: d.domain for d in self.dimensions if d.applies(known)}
        choices = {name: domain for name, domain in apply.items() if isinstance(domain, Choice)}
        if known.keys() != apply.keys() or any(known[n] not in d for n, d in choices.items()):
            return None
        return OracleTrial(dict(known))


def _key(values: Values) -> frozenset:
    return frozenset(values.items())
