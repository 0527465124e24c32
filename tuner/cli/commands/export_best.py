"""`tune export-best`: write the retrained model to a file."""

from pathlib import Path

import click

from ..options import study_argument, study_folder


@click.command("export-best")
@study_argument
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE.keras",
    help="Where to write the model; its labels and card go beside it.",
)
def export_best(study, out):
    """Write the retrained model of STUDY: pixels 0..255 in, class probabilities out.

    \b
    Example:
      tune export-best --out model.keras
    """
    from ....reports import load_study
    from ...operations.export import export_best as run
    from ..summary import print_outdated

    loaded = load_study(study_folder(study))
    files = run(loaded, out)
    click.echo("Written: " + ", ".join(map(str, files)))
    if loaded.retrains:
        print_outdated(loaded)
