"""`tune search`: run a search, or go on with one."""

import shlex
import sys

import click

from .options import Duration, Setting, as_limits, limit_options, merge_settings


@click.command()
@click.option("--space", required=True, metavar="NAME|FILE", help="A space's name, or a .py file.")
@click.option(
    "--data",
    metavar="DIR|FILE|URL|NAME",
    help="A folder of class folders, a .zip file, a .csv or .parquet manifest, an address of one of these "
    "(s3://, gs://, https://), tfds:NAME, or a named data set; default: the space's own.",
)
@click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    metavar="imagenet|none|DIR",
    help="Backbone weights: Keras's download, random ones, or a folder of files.",
)
@click.option(
    "--strategy",
    default="hyperband",
    show_default=True,
    metavar="NAME",
    help="hyperband, bayesian, random, grid, or listed: the space's own runs, in order.",
)
@click.option("--trials", type=int, metavar="N", help="The most trials; default: the space's own.")
@click.option(
    "--budget",
    type=Duration(),
    metavar="TIME",
    help="The most wall time for everything, such as 90s, 20m or 1.5h.",
)
@click.option(
    "--epochs", type=int, metavar="N", help="The most epochs of a trial; default: the space's own."
)
@click.option(
    "--patience",
    type=int,
    metavar="N",
    help="Epochs without a lower validation loss before a trial stops; the same as --set patience=N.",
)
@click.option(
    "--objective",
    default="accuracy",
    show_default=True,
    metavar="NAME",
    help="What trials are ranked by: accuracy, auc, balanced_accuracy, log_loss or macro_f1.",
)
@click.option(
    "--per-class",
    type=click.IntRange(1),
    metavar="N",
    help="Take only N pictures of each class and split, at random.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="N",
    help="From which all randomness derives.",
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
    help="Retrain the winner at the end and score it on the test pictures; default: yes.",
)
@click.option(
    "--folds",
    type=int,
    metavar="K",
    help="2 or more: cross-validation with K folds; 1: hold-outs of a fifth; default: what fits the pictures' number.",
)
@click.option(
    "--repeats",
    type=int,
    metavar="N",
    help="How often all folds, or how many hold-outs, a contender gets at most.",
)
@click.option(
    "--workers",
    type=int,
    default=1,
    show_default=True,
    metavar="N",
    help="Trials that run at the same time; each has a GPU of its own where there are several.",
)
@limit_options
@click.option("--in-process", is_flag=True, help="Train in this process, for debugging.")
def search(space, data, settings, patience, max_ms, max_mb, max_params, **options):
    """Search a space on pictures; the same command on an existing study goes on with it.

    \b
    Example:
      tune search --space food10_small --data pictures/ --trials 20 --set backbone=mobilenet_v2
    """
    from ..searching import search as run
    from .progress import SearchDisplay
    from .summary import print_result

    settings = merge_settings(settings)
    if patience is not None:
        settings = merge_settings([*settings.items(), ("patience", [patience])])
    with SearchDisplay() as display:
        study = run(
            space,
            data=data,
            settings=settings,
            limits=as_limits(max_ms, max_mb, max_params),
            command=shlex.join(["tune", *sys.argv[1:]]),
            on_event=display.on_event,
            **options,
        )
    print_result(study)
