"""What the commands print of a study."""

import shlex

import click
from rich.table import Table
from rich.text import Text

from ...reports import BASELINE, Study, recipe_names, remarks, trial_words, usual_scores, verdict
from ..models.exports.comparison import HEADINGS, Comparison
from ..models.saved_model import damage_of
from .console import stdout
from .options import limit_words


def print_leaderboard(study: Study) -> None:
    """Print the ranked trials, then the failed ones with their causes."""
    names, ranking = recipe_names(study.trials), study.ranking
    loss = "balanced loss" if study.is_balanced else "loss"
    headings = ("rank", "trial", study.objective, "95 % interval", loss, "fits", "seconds")
    table = Table(*headings, "ms", "MB", "standing", "recipe", box=None, pad_edge=False)
    for place in ranking.standings:
        trial = place.trial
        interval = "" if place.interval is None else "{:.3f} to {:.3f}".format(*place.interval)
        table.add_row(
            str(place.rank),
            str(trial.number),
            f"{place.score:.4f}",
            interval,
            _number(place.ordering_loss, "{:.3f}"),
            str(place.fits),
            f"{trial.seconds:.1f}",
            _number(trial.milliseconds, "{:.3g}"),
            _number(trial.megabytes, "{:.3g}"),
            _standing(place, ranking),
            Text(trial_words(trial, names)),
        )
    if ranking.standings:
        stdout().print(table)
    for trial in study.unranked:
        click.echo(f"Trial {trial.number} failed: {trial.cause or 'its score is not a number'}")


def _standing(place, ranking) -> str:
    words = {
        "recommended": place.trial == ranking.recommended,
        "tied": place.tied and len(ranking.tied) > 1,
        "baseline": place.trial.role == BASELINE,
        f"continues {place.trial.continues}": place.trial.continues is not None,
    }
    return ", ".join(word for word, holds in words.items() if holds)


def _number(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def print_verdict(study: Study) -> None:
    """Print what was found, in sentences."""
    click.echo("")
    for sentence in (*verdict(study), *usual_scores(study), *remarks(study)):
        click.echo(sentence)


def print_result(study: Study) -> None:
    """Print what a search or a retraining ended with, and what can be done next."""
    print_leaderboard(study)
    print_verdict(study)
    click.echo(f"\nReport: {study.paths.report_page}")
    if study.paths.tensorboard.exists():
        tensorboard = shlex.join(["tensorboard", "--logdir", str(study.paths.tensorboard)])
        click.echo(f"TensorBoard: {tensorboard}")
    named = shlex.join([str(study.folder), *limit_words(study.limits)])
    if study.retrains:
        damage = damage_of(study)
        if damage is not None:
            click.echo(f"Note: {damage}")
            return
        click.echo(f"Model: {study.folder / study.retrains[-1].model}")
        print_outdated(study)
        click.echo(f"Next: tune export-best {named} --out model.keras")
    elif study.recommended is not None:
        click.echo(f"Next: tune retrain {named}")


def print_comparison(study: Study) -> None:
    """Print what a comparison shows, and what it does not."""
    print_leaderboard(study)
    print_verdict(study)
    click.echo(f"\nReport: {study.paths.report_page}")


def print_comparisons(comparisons: tuple[Comparison, ...]) -> None:
    """Print what exported models gave beside the retrained one, which is the first row."""
    if not comparisons:
        return
    table = Table(*HEADINGS, box=None, pad_edge=False)
    for one in comparisons:
        table.add_row(*map(Text, one.cells))
    stdout().print(table)


def print_outdated(study: Study) -> None:
    """Say so if the model is not the best trial's, because the search continued after the retraining."""
    of, now = study.retrains[-1].trial, study.recommended
    if now is not None and of != now.number:
        command = shlex.join(["tune", "retrain", str(study.folder), "--trial", str(now.number)])
        click.echo(
            f"Note: the model is of trial {of}, but trial {now.number} is recommended now. "
            f"`{command} --again` retrains trial {now.number} and scores the test images again."
        )
