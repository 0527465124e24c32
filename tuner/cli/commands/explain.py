"""`tune explain`: where in images a model sees a class."""

from pathlib import Path

import click

from ....reports import StudyPaths


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("images", nargs=-1)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Takes one JPEG for each image.",
)
@click.option(
    "--class",
    "name",
    metavar="NAME",
    help="Look for this class, not for the most probable one of each image.",
)
def explain(model, images, out, name):
    """Show where in IMAGES the MODEL, a .keras file, sees a class.

    IMAGES are files, folders, patterns and addresses (s3://, gs://, https://) of images and folders. An overlay is the
    image as the model sees it, red where it speaks for the class. With a study in place of MODEL, and no IMAGES, the
    worst mistakes are explained, and the study's report shows them.

    \b
    Example:
      tune explain model.keras image.jpg folder/ --out explained
      tune explain studies/food10_small
    """
    from rich.table import Table
    from rich.text import Text

    from ...operations.explain import explain as run
    from ..console import stdout
    from ..progress import SearchDisplay

    with SearchDisplay() as display:
        if StudyPaths(model).log.exists():
            _refuse_others(images, out, name)
            found, unreadable = _mistakes(model, display)
        elif not images or out is None:
            raise click.UsageError(
                "Say which IMAGES to explain, and where to write, with --out DIR."
            )
        else:
            found, unreadable = run(model, list(images), out, name=name, on_event=display.on_event)
    for path, why in unreadable:
        click.echo(f"Left out: {why if str(path) in why else f'{path}: {why}'}", err=True)
    table = Table("image", "class", "probability", "overlay", box=None, pad_edge=False)
    for one in found:
        words = (str(one.path), one.name, f"{one.probability:.3f}", str(one.overlay))
        table.add_row(*map(Text, words))
    stdout().print(table)


def _refuse_others(images: tuple[str, ...], out: Path | None, name: str | None) -> None:
    if images or out is not None or name is not None:
        raise click.UsageError(
            "A study's worst mistakes are explained without IMAGES, --out and --class; its best/model.keras explains "
            "other images."
        )


def _mistakes(folder: Path, display):
    """Explain a study's worst mistakes, and write its report again."""
    from ....reports import load_study, write_reports
    from ...features.cache import default_cache
    from ...operations.explain import explain_mistakes
    from ...places.placed import as_it_lies

    study, lost = as_it_lies(load_study(folder), cache=default_cache())
    if lost:
        raise click.ClickException(f"{lost} `tune report {folder} --data DIR` keeps the new place")
    found = explain_mistakes(study, on_event=display.on_event)
    write_reports(study)
    return found
