"""`tune compare`: several values of one hyperparameter, everything else fixed."""

import shlex
import sys

import click

from ..options import Setting, learning_options, merge_settings


@click.command()
@learning_options
@click.option(
    "--set",
    "settings",
    multiple=True,
    required=True,
    type=Setting(),
    metavar="KEY=VALUE[,VALUE...]",
    help="Several values to compare, or one value to fix; may be repeated.",
)
@click.option("--study", metavar="DIR", help="The study's folder; default: studies/SPACE-KEY.")
def compare(space, settings, **options):
    """Compare values of a hyperparameter on the same folds, with intervals.

    Everything else is fixed. Every recipe gets all fits. The test images are not used.

    \b
    Example:
      tune compare --space plates --data plates/ --set batch_size=16,32,64
    """
    from ...operations.compare import compare as run
    from ..progress import SearchDisplay
    from ..summary import print_comparison

    with SearchDisplay() as display:
        study = run(
            space,
            merge_settings(settings),
            command=shlex.join(["tune", *sys.argv[1:]]),
            on_event=display.on_event,
            **options,
        )
    print_comparison(study)
