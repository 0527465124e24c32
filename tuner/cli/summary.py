"""What the commands print of a study."""

import shlex

import click
from rich.table import Table
from rich.text import Text

from ...reports import Study, leaderboard, verdict
from .console import stdout


def print_leaderboard(study: Study) -> None:
    """Print the ranked trials, then the failed ones with their causes."""
    rows = leaderboard(study)
    ranked = [row for row in rows if row.rank is not None]
    table = Table(
        "rank",
        "trial",
        study.objective,
        "95 % interval",
        "epochs",
        "seconds",
        "recipe",
        box=None,
        pad_edge=False,
    )
    for row in ranked:
        interval = "" if row.interval is None else f"{row.interval[0]:.3f} to {row.interval[1]:.3f}"
        table.add_row(
            str(row.rank),
            str(row.trial),
            f"{row.score:.4f}",
            interval,
            str(row.epochs),
            f"{row.seconds:.1f}",
            Text(row.recipe),
        )
    if ranked:
        stdout().print(table)
    for row in rows:
        if row.rank is None:
            click.echo(f"Trial {row.trial} failed: {row.cause}")


def print_verdict(study: Study) -> None:
    """Print what was found, in sentences."""
    click.echo("")
    for sentence in verdict(study):
        click.echo(sentence)


def print_result(study: Study) -> None:
    """Print what a search or a retraining ended with, and what can be done next."""
    print_leaderboard(study)
    print_verdict(study)
    click.echo(f"\nReport: {study.folder / 'report' / 'report.html'}")
    board = shlex.join(["tensorboard", "--logdir", str(study.folder / "tensorboard")])
    click.echo(f"TensorBoard: {board}")
    named = shlex.quote(str(study.folder))
    if study.retrains:
        click.echo(f"Model: {study.folder / study.retrains[-1]['model']}")
        print_outdated(study)
        click.echo(f"Next: tune export-best {named} --out model.keras")
    elif study.best is not None:
        click.echo(f"Next: tune retrain {named}")


def print_outdated(study: Study) -> None:
    """Say so if the model is not the best trial's, because the search went on after the retraining."""
    of = study.retrains[-1]["trial"]
    if study.best is not None and of != study.best.number:
        click.echo(
            f"Note: the model is trial {of}'s, but trial {study.best.number} is now the best; "
            "tune retrain --again replaces it, with a second look at the test pictures."
        )
