"""`tune report`: the ranked trials, and the report's files."""

import click

from .options import study_argument, study_folder


@click.command()
@study_argument
def report(study):
    """Print the ranked trials of STUDY and write its report; the last study when none is named.

    \b
    Example:
      tune report studies/food10_small
    """
    from ...reports import load_study, write_reports
    from .summary import print_leaderboard, print_verdict

    loaded = load_study(study_folder(study))
    for notice in loaded.notices:
        click.echo(f"Note: {notice}", err=True)
    print_leaderboard(loaded)
    print_verdict(loaded)
    try:
        files = write_reports(loaded)
    except OSError as error:
        click.echo(f"The report could not be written: {error.strerror}: {error.filename}", err=True)
    else:
        click.echo("Written: " + ", ".join(str(path) for path in files.values()))
