"""What the hyperparameters did to the score: all at once, and one by one with its estimated importance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...analysis.importance import importances
from ...study.trial import SEARCH
from ...wording.recipe_words import varied_names
from ..plots.one_hyperparameter import one_hyperparameter
from ..plots.parallel_coordinates import parallel_coordinates

if TYPE_CHECKING:
    from ...ranking.study import Study

MOST = 12
AXES = 8


def hyperparameters(study: Study) -> dict[str, Any] | None:
    """Return the plots and the importances; None when fewer than three searched trials differ in anything."""
    trials = [trial for trial in study.ranked if trial.role == SEARCH]
    names = varied_names(trial.recipe for trial in sorted(trials, key=lambda t: t.number))
    if len(trials) < 3 or not names:
        return None
    found = importances(trials)
    shares = {one.name: one for one in found.items}
    names.sort(key=lambda name: -shares[name].share if name in shares else 0)
    return {
        "parallel": parallel_coordinates(study, trials, names[:AXES]),
        "plots": [
            {
                "name": name,
                "svg": one_hyperparameter(study, trials, name),
                "importance": shares.get(name),
            }
            for name in names[:MOST]
        ],
        "left_out": names[MOST:],
        "importances": found,
    }
