"""`tune compare`: several values of one hyperparameter, everything else held."""

import shlex
import sys

import click

from .options import Duration, Setting, merge_settings


@click.command()
@click.option("--space", required=True, metavar="NAME|FILE", help="A space's name, or a .py file.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    required=True,
    type=Setting(),
    metavar="KEY=VALUE[,VALUE...]",
    help="Several values to compare, or one value to hold; may be repeated.",
)
@click.option(
    "--data",
    metavar="DIR|FILE|NAME",
    help="A folder of class folders, a manifest, or a named data set; default: the space's own.",
)
@click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    metavar="imagenet|none|DIR",
    help="Backbone weights: Keras's download, random ones, or a folder of files.",
)
@click.option("--budget", type=Duration(), metavar="TIME", help="The most wall time, such as 20m.")
@click.option("--epochs", type=int, metavar="N", help="The most epochs of a fit.")
@click.option(
    "--objective", default="accuracy", show_default=True, metavar="NAME", help="What is scored."
)
@click.option(
    "--folds",
    type=int,
    metavar="K",
    help="2 or more: cross-validation with K folds; 1: hold-outs of a fifth.",
)
@click.option(
    "--repeats", type=int, metavar="N", help="How often all folds, or how many hold-outs."
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Of everything.")
@click.option("--study", metavar="DIR", help="The study's folder; default: studies/SPACE-KEY.")
@click.option(
    "--workers", type=int, default=1, show_default=True, metavar="N", help="Trials at a time."
)
@click.option("--in-process", is_flag=True, help="Train in this process, for debugging.")
def compare(space, settings, **options):
    """Compare values of a hyperparameter on the same folds, with intervals; nothing else varies.

    Every recipe gets all fits. The test pictures are not looked at.

    \b
    Example:
      tune compare --space plates --data plates/ --set batch_size=16,32,64
    """
    from ..comparing import compare as run
    from .progress import SearchDisplay
    from .summary import print_comparison

    with SearchDisplay() as display:
        study = run(
            space,
            merge_settings(settings),
            command=shlex.join(["tune", *sys.argv[1:]]),
            on_event=display.on_event,
            **options,
        )
    print_comparison(study)
