"""A ranking in the shape of the coming one, from the present leaderboard."""

from types import SimpleNamespace

from .leaderboard import score_interval
from .study import Study


def ranking_of(study: Study):
    """Give back what `study.ranking` will be."""
    if hasattr(study, "ranking"):
        return study.ranking
    best = study.ranked[0] if study.ranked else None
    standings = []
    for rank, trial in enumerate(study.ranked, start=1):
        interval = score_interval(study, trial.score)
        standings.append(
            SimpleNamespace(
                trial=trial,
                rank=rank,
                score=trial.score,
                interval=interval,
                loss=None,
                fits=len(trial.fits),
                tied=bool(interval and interval[1] >= best.score),
                difference=trial.score - best.score,
                difference_interval=None,
            )
        )
    tied = tuple(s.trial for s in standings if s.tied)
    from .verdict import verdict

    baselines = [s.trial for s in standings if s.trial.role == "baseline"]
    return SimpleNamespace(
        standings=tuple(standings),
        best=best,
        tied=tied,
        recommended=min(tied, key=lambda t: t.parameters.get("total", 0)) if tied else best,
        expected=None,
        baseline=baselines[0] if baselines else None,
        beats_baseline=True,
        sentences=tuple(verdict(study)[:3]),
    )
