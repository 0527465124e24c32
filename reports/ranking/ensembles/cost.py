"""What an ensemble costs: a frozen backbone that several members share runs once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ...study.trial import Trial


@dataclass(frozen=True)
class EnsembleCost:
    """The cost of a mean of several models.

    Attributes:
        milliseconds: prediction time per image, None where that of a member is not known.
        total: the number of weights.
        trainable: the number of weights that training changed.
    """

    milliseconds: float | None
    total: int
    trainable: int

    @property
    def megabytes(self) -> float:
        """The size of the weights in float32."""
        return 4 * self.total / 1e6


def ensemble_cost(members: Iterable[Trial]) -> EnsembleCost:
    """Return the cost of the members' mean, from their own costs."""
    groups: dict[tuple, list[Trial]] = defaultdict(list)
    sizes = set()
    for trial in members:
        sizes.add(trial.recipe.get("image_size", 0))
        groups[_shared(trial)].append(trial)
    trainable = sum(_weights(trial)[1] for some in groups.values() for trial in some)
    frozen = sum(max(t - own for t, own in map(_weights, some)) for some in groups.values())
    times = [[trial.milliseconds for trial in some] for some in groups.values()]
    total = frozen + trainable + _resizing(sizes)
    return EnsembleCost(_sum_of_highest(times), total, trainable)


def _resizing(sizes: set[int]) -> int:
    """Return the weights of the two matrices that make the largest size each of the others."""
    return sum(2 * max(sizes) * size for size in sizes if size < max(sizes))


def _shared(trial: Trial) -> tuple:
    """Return what members have to have in common to share the pass of a backbone."""
    recipe = trial.recipe
    if recipe.get("unfreeze") or "depth" in recipe:  # only networks from scratch are shaped
        return ("its own", trial.number)
    return tuple(recipe.get(name) for name in ("backbone", "image_size", "predict_views"))


def _weights(trial: Trial) -> tuple[int, int]:
    return trial.parameters.get("total", 0), trial.parameters.get("trainable", 0)


def _sum_of_highest(times: list[list[float | None]]) -> float | None:
    known = [[time for time in some if time is not None] for some in times]
    if any(len(some) < len(group) for some, group in zip(known, times, strict=True)):
        return None
    return float(f"{sum(max(some) for some in known):.2g}")
