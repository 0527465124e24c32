"""`tune search`: run or continue a search."""

import shlex
import sys

import click

from ..options import Setting, as_limits, learning_options, limit_options, merge_settings


@click.command()
@learning_options
@click.option(
    "--strategy",
    default="hyperband",
    show_default=True,
    metavar="NAME",
    help="hyperband, bayesian, random, grid, or listed: the space's own runs, in order.",
)
@click.option(
    "--trials",
    type=click.IntRange(1),
    metavar="N",
    help="Maximum number of trials; default: the space's.",
)
@click.option(
    "--patience",
    type=click.IntRange(1),
    metavar="N",
    help="Epochs without a lower validation loss before a trial stops; the same as --set patience=N.",
)
@click.option("--study", metavar="DIR", help="The study's folder; default: studies/SPACE.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    type=Setting(),
    metavar="KEY=VALUE[,VALUE...]",
    help="Fix a hyperparameter, or narrow it to a choice; may be repeated. `tune spaces NAME` lists the keys.",
)
@click.option(
    "--retrain/--no-retrain",
    "retrain_winner",
    default=True,
    help="Retrain the winner at the end and score it on the test images; default: yes.",
)
@limit_options
def search(space, data, settings, patience, max_ms, max_mb, max_params, single, **options):
    """Search a space on images. The same command continues an existing study.

    \b
    Example:
      tune search --space food10_small --data images/ --trials 20 --set backbone=mobilenet_v2
    """
    from ...operations.search import search as run
    from ..progress import SearchDisplay
    from ..summary import print_result

    settings = merge_settings(settings)
    if patience is not None:
        settings = merge_settings([*settings.items(), ("patience", [patience])])
    with SearchDisplay() as display:
        study = run(
            space,
            data=data,
            settings=settings,
            limits=as_limits(max_ms, max_mb, max_params, single),
            command=shlex.join(["tune", *sys.argv[1:]]),
            on_event=display.on_event,
            **options,
        )
    print_result(study)
