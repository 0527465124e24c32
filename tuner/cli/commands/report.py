"""`tune report`: the ranked trials, and the report's files."""

from pathlib import Path

import click

from ..options import (
    as_limits,
    limit_options,
    moved_data_option,
    moved_weights_option,
    study_argument,
    study_folder,
)


@click.command()
@study_argument
@moved_data_option
@moved_weights_option
@limit_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for the files; default: report/ in the study. Use it for a read-only study.",
)
def report(study, data, weights, max_ms, max_mb, max_params, single, out):
    """Print the ranked trials of STUDY and write its report. STUDY defaults to the last study.

    Limits change which trial is recommended, not the ranking.

    \b
    Example:
      tune report studies/food10_small --max-ms 5
    """
    from ....reports import load_study, write_reports
    from ...features.cache import default_cache
    from ...places.placed import as_it_lies, placed
    from ..console import as_sentence
    from ..summary import print_leaderboard, print_verdict

    loaded = load_study(study_folder(study)).with_limits(
        as_limits(max_ms, max_mb, max_params, single)
    )
    cache, lost = default_cache(), None
    if data is None and weights is None:
        loaded, lost = as_it_lies(loaded, cache=cache)
    else:
        loaded = placed(loaded, data, weights, cache=cache, keep=out is None)
    for notice in (*loaded.notices, *([lost] if lost else [])):
        click.echo(f"Note: {as_sentence(notice)}", err=True)
    print_leaderboard(loaded)
    print_verdict(loaded)
    try:
        files = write_reports(loaded, out)
    except OSError as error:
        raise click.ClickException(
            f"The report could not be written ({error.strerror}: {error.filename}); "
            "free disk space, or give a writable folder with --out DIR."
        ) from error
    click.echo("Written: " + ", ".join(str(path) for path in files.values()))
