"""Rebuilds a strategy from the log: what it proposed, and how the trials ended."""

from ...reports import Study, Trial
from ...search_spaces import Space
from ..strategies.strategy import Strategy
from .cost_model import CostModel


def chosen_by_loss(study: Study) -> bool:
    """Whether strategies receive the loss of trials instead of the score."""
    return "error" not in study.criterion


def reported(trial: Trial) -> float | None:
    """Return the loss or score that the strategy receives for a trial, None for a failure."""
    return trial.reported if trial.scored else None


def replayed_strategy(study: Study, space: Space, costs: CostModel) -> Strategy:
    """Return the study's strategy as it stood after the last line of the log; `costs` says what recipes cost.

    Raises:
        SearchError: the log's proposals are not this strategy's.
    """
    header = study.header
    strategy = Strategy(
        header.strategy,
        space,
        direction="min" if chosen_by_loss(study) else study.direction,
        trials=header.strategy_trials,
        epochs=header.limits.epochs,
        seed=header.seed,
        cost=costs.of_values(space, header.limits.epochs),
    )
    trials = {trial.number: trial for trial in study.trials}
    proposed = {trial.number: trial.strategy for trial in study.trials}
    proposed |= {start.number: start.strategy for start in study.begun}
    mine = [n for n in sorted(proposed) if proposed[n].get("name") == strategy.name]
    ended = [(number, reported(trials[number])) for number in study.order if number in mine]
    strategy.replay([(number, proposed[number]) for number in mine], ended)
    return strategy
