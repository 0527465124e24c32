"""Options that several commands share, and how their texts are read."""

from pathlib import Path

import click

from ..environment import parse_time

weights_option = click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    metavar="imagenet|none|DIR",
    help="Backbone weights: Keras's download, random ones, or a folder of files.",
)
_MOVED = "default: where the latest call found them."
moved_data_option = click.option(
    "--data",
    metavar="DIR|FILE|URL|NAME",
    help=f"Where the images are now, if they were moved; {_MOVED}",
)
moved_weights_option = click.option(
    "--weights",
    metavar="imagenet|none|DIR",
    help=f"Where the backbone weights are now, if they were moved; {_MOVED}",
)
min_per_class_option = click.option(
    "--min-per-class",
    type=click.IntRange(1),
    metavar="N",
    help="Leave out classes of fewer than N images.",
)
study_argument = click.argument("study", required=False, type=click.Path(path_type=Path))


def study_folder(named: Path | None) -> Path:
    """Return the study that was named, or the last one."""
    from ..features.cache import default_cache
    from ..places.last_study import last_study

    return named if named is not None else last_study(default_cache())


def limit_options(command):
    """Add --single, --max-ms, --max-mb and --max-params to a command; `as_limits` reads them."""
    for option in (
        click.option(
            "--single", is_flag=True, help="Choose one model, not an ensemble of several."
        ),
        click.option(
            "--max-params",
            type=click.IntRange(min=1),
            metavar="N",
            help="Choose among models of at most N parameters.",
        ),
        click.option(
            "--max-mb",
            type=click.FloatRange(min=0, min_open=True),
            metavar="MB",
            help="Choose among models of at most MB megabytes of weights.",
        ),
        click.option(
            "--max-ms",
            type=click.FloatRange(min=0, min_open=True),
            metavar="MS",
            help="Choose among models that take at most MS milliseconds per image on this machine.",
        ),
    ):
        command = option(command)
    return command


def as_limits(
    max_ms: float | None, max_mb: float | None, max_params: int | None, single: bool = False
):
    """Return what `limit_options` were given as `CostLimits`."""
    from ...reports import CostLimits

    return CostLimits(milliseconds=max_ms, megabytes=max_mb, parameters=max_params, single=single)


def limit_words(limits) -> list[str]:
    """Return the words that give `CostLimits` to a command."""
    named = (
        ("--max-ms", limits.milliseconds),
        ("--max-mb", limits.megabytes),
        ("--max-params", limits.parameters),
    )
    words = [word for name, value in named if value for word in (name, str(value))]
    return [*words, *(["--single"] if limits.single else [])]


def refuse_option(name: str, why: str) -> None:
    """Refuse an option of the running command that was given where it would do nothing; `why` is the message."""
    source = click.get_current_context().get_parameter_source(name)
    if source is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError(why)


class Duration(click.ParamType):
    """A time with a unit, such as 90s, 20m or 1.5h; seconds as a float."""

    name = "time"

    def convert(self, value, param, ctx):
        """Return seconds."""
        if isinstance(value, float):
            return value
        seconds = parse_time(value)
        if seconds is None:
            self.fail(
                f"{value!r} is not a time; give a number above 0 with a unit: 90s, 20m or 1.5h."
            )
        return seconds


class Setting(click.ParamType):
    """KEY=VALUE[,VALUE...] as a pair of the key and the list of values."""

    name = "key=value"

    def convert(self, value, param, ctx):
        """Return (key, values)."""
        if isinstance(value, tuple):
            return value
        key, equals, values = value.partition("=")
        listed = [part.strip() for part in values.split(",")]
        if not equals or not key.strip() or not all(listed):
            self.fail(f"{value!r} must be KEY=VALUE or KEY=VALUE,VALUE.")
        return key.strip(), listed


def merge_settings(pairs) -> dict[str, list[str]]:
    """Return the settings by key; a key that was given twice is refused."""
    settings: dict[str, list[str]] = {}
    for key, values in pairs:
        if key in settings:
            raise click.UsageError(f"{key} is set twice; list all its values in one --set.")
        settings[key] = values
    return settings


def learning_options(command):
    """Add what a search and a comparison have in common: what to learn from, how, and for how long."""
    for option in (
        click.option("--in-process", is_flag=True, help="Train in this process, for debugging."),
        click.option(
            "--workers",
            type=click.IntRange(1),
            default=1,
            show_default=True,
            metavar="N",
            help="Trials that run at the same time. With several GPUs, each trial has its own.",
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="KIND",
            help="Search although nearly all images are blank (blank), or half of them unreadable (unreadable) or in "
            "several classes (conflict); may be repeated.",
        ),
        click.option(
            "--repeats",
            type=click.IntRange(1, 100),
            metavar="N",
            help="Maximum repeats of the cross-validation, or maximum number of hold-outs.",
        ),
        click.option(
            "--folds",
            type=click.IntRange(1, 50),
            metavar="K",
            help="2 or more: cross-validation with K folds; 1: hold-outs of a fifth; "
            "default: chosen by the number of images. A class with fewer images allows only as many folds.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            metavar="N",
            help="Random seed. The same seed, machine, versions, threads and --workers give the same scores.",
        ),
        min_per_class_option,
        click.option(
            "--per-class",
            type=click.IntRange(1),
            metavar="N",
            help="Take only N images of each class and split, at random.",
        ),
        click.option(
            "--objective",
            default="accuracy",
            show_default=True,
            metavar="NAME",
            help="The score: accuracy, auc, balanced_accuracy, log_loss or macro_f1; "
            "with few images, trials are ranked by loss.",
        ),
        click.option(
            "--epochs",
            type=click.IntRange(1),
            metavar="N",
            help="Maximum epochs of a trial; default: the space's.",
        ),
        click.option(
            "--budget",
            type=Duration(),
            metavar="TIME",
            help="Maximum wall time of the search, such as 90s, 20m or 1.5h.",
        ),
        weights_option,
        click.option(
            "--data",
            metavar="DIR|FILE|URL|NAME",
            help="A folder of class folders, an archive (.zip, .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz), a .csv or "
            ".parquet manifest, an address of one of these (s3://, gs://, https://), tfds:NAME, or a named data set; "
            "default: the space's.",
        ),
        click.option(
            "--space", required=True, metavar="NAME|FILE", help="A space's name, or a .py file."
        ),
    ):
        command = option(command)
    return command
