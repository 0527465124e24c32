"""The leaderboard as Markdown, to paste into a README, an issue or a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..study.trial import BASELINE
from ..wording.formatting import (
    count,
    duration,
    interval,
    markdown_text,
    objective_name,
    score,
)
from ..wording.recipe_words import recipe_names, trial_words
from ..wording.verdict import remarks, usual_scores, verdict

if TYPE_CHECKING:
    from ..ranking.study import Study

HEADINGS = ("Rank", "Trial", "Score", "95 % interval", "Fits", "Time", "Parameters", "ms", "MB")


def leaderboard_markdown(study: Study) -> bytes:
    """The verdict, the ranked trials as a table, and the failed ones with their causes, all names escaped."""
    ranking, names = study.ranking, recipe_names(study.trials)
    title = study.header.space.title or study.folder.name
    lines = [
        f"# {markdown_text(title)}",
        "",
        *(
            f"- {markdown_text(sentence)}"
            for sentence in (*verdict(study), *usual_scores(study), *remarks(study))
        ),
    ]
    if ranking.standings:
        headings = [*HEADINGS, "Recipe"]
        headings[2] = objective_name(study.objective).capitalize()
        lines += ["", _row(headings), _row(["---:"] * len(HEADINGS) + ["---"])]
        lines += [_row(_cells(one, ranking, names)) for one in ranking.standings]
    if study.unranked:
        lines += ["", "Failed:", ""]
        lines += [
            f"- trial {trial.number}: {markdown_text(trial.cause or 'its score is not a number')}"
            for trial in study.unranked
        ]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _cells(standing: Any, ranking: Any, names: list[str]) -> list[str]:
    trial = standing.trial
    notes = [
        word
        for word, holds in (
            ("recommended", trial == ranking.recommended),
            ("baseline", trial.role == BASELINE),
            ("tied", standing.tied and len(ranking.tied) > 1),
            (f"continues trial {trial.continues}", trial.continues is not None),
        )
        if holds
    ]
    recipe = markdown_text(trial_words(trial, names))
    return [
        str(standing.rank),
        str(trial.number),
        score(standing.score),
        interval(standing.interval),
        str(standing.fits),
        duration(trial.seconds),
        count(trial.parameters.get("total")),
        count(trial.milliseconds),
        count(trial.megabytes),
        f"{recipe} **{', '.join(notes)}**" if notes else recipe,
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
