"""The ensembles of a study's trials, made once nothing is left to train: the mean of the probes, and a weighted mean.

They are trials of the log like any other, but need no fit of their own: their validation predictions are those of their
members.
"""

from collections.abc import Callable

import numpy as np

from ...reports import (
    BASELINE,
    ENSEMBLE,
    MEAN_OF_PROBES,
    OBJECTIVES,
    WEIGHTED_MEAN,
    CostLimits,
    EnsembleCost,
    Fit,
    Pool,
    Study,
    Trial,
    choose_pool,
    ensemble_cost,
    image_weights,
    log_loss,
    utc_now,
)

Arrays = dict[str, np.ndarray]
# Weights that differ by less make the same ensemble.
_SAME = 0.01


def make_ensembles(study: Study, limits: CostLimits, *, number: int) -> list[tuple[Trial, Arrays]]:
    """Return the ensembles that a study's trials give and that it does not have yet, with their predictions.

    Args:
        study: the study; its trials have all their fits.
        limits: what a model may cost.
        number: the number of the first ensemble.
    """
    pool = choose_pool(study, study.candidates, _allowed_by(limits))
    if pool is None:
        return []
    probes = pool.probes
    counts = image_weights(pool.labels, study.criterion)
    mean, fitted = probes / max(1, probes.sum()), pool.weights(counts[None])[0]
    weights = {MEAN_OF_PROBES: mean} if probes.sum() > 1 else {}
    if (fitted > 0).sum() > 1 and not np.allclose(fitted, mean, atol=_SAME):
        weights[WEIGHTED_MEAN] = fitted
    known = {one.strategy.get("name"): one for one in study.candidates if one.members}
    made: list[tuple[Trial, Arrays]] = []
    for name, of_members in weights.items():
        if not _is_known(known.get(name), pool, of_members):
            made.append(_ensemble(study, pool, of_members, name, number + len(made)))
    return made


def _allowed_by(limits: CostLimits) -> Callable[[EnsembleCost], bool]:
    return lambda cost: limits.allow_cost(cost.milliseconds, cost.megabytes, cost.total)


def _is_known(known: Trial | None, pool: Pool, weights: np.ndarray) -> bool:
    """Whether an ensemble of the same trials with these weights is there, chosen among the same others."""
    if known is None or known.strategy.get("pool") != _numbers(pool):
        return False
    one, other = (
        {m.trial: m.weight for m in some} for some in (pool.members(weights), known.members)
    )
    return one.keys() == other.keys() and all(abs(one[n] - other[n]) < _SAME for n in one)


def _numbers(pool: Pool) -> list[int]:
    return [trial.number for trial in pool.trials]


def _ensemble(
    study: Study, pool: Pool, weights: np.ndarray, name: str, number: int
) -> tuple[Trial, Arrays]:
    probabilities, members = pool.mean(weights[None])[0], pool.members(weights)
    chosen = {member.trial for member in members}
    cost = ensemble_cost(trial for trial in pool.trials if trial.number in chosen)
    score = OBJECTIVES[study.objective].score
    trial = Trial(
        number=number,
        status="completed",
        recipe={"classifier": "ensemble"},
        score=float(score(pool.labels, probabilities)),
        fits=_fits(pool, probabilities, score, chosen),
        started=utc_now(),
        parameters={"total": cost.total, "trainable": cost.trainable},
        strategy={"name": name, "pool": _numbers(pool)},
        role=BASELINE if name == MEAN_OF_PROBES else ENSEMBLE,
        milliseconds=cost.milliseconds,
        megabytes=cost.megabytes,
        loss=log_loss(pool.labels, probabilities),
        members=members,
    )
    arrays = {
        "indices": pool.indices,
        "labels": pool.labels,
        "probabilities": probabilities,
        "repeats": pool.slots[0],
        "folds": pool.slots[1],
    }
    return trial, arrays


def _fits(pool: Pool, probabilities: np.ndarray, score, members: set[int]) -> tuple[Fit, ...]:
    """Return one fit for each fold, which scores the members' mean on it and took as long as theirs together."""
    fits = []
    theirs = [fit for trial in pool.trials if trial.number in members for fit in trial.fits]
    for repeat, fold in np.unique(pool.slots, axis=1).T.tolist():
        where = (pool.slots[0] == repeat) & (pool.slots[1] == fold)
        labels, mine = pool.labels[where], probabilities[where]
        accuracy = float((mine.argmax(axis=1) == labels).mean())
        metrics = {"accuracy": accuracy, "loss": log_loss(labels, mine)}
        seconds = sum(f.seconds for f in theirs if (f.repeat, f.fold) == (repeat, fold))
        fits.append(Fit(0, fold, repeat, float(score(labels, mine)), metrics, seconds=seconds))
    return tuple(fits)
