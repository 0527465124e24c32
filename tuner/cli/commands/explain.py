"""`tune explain`: where in images a model sees a class."""

from pathlib import Path

import click


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("images", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
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
    image as the model sees it, red where it speaks for the class.

    \b
    Example:
      tune explain model.keras image.jpg folder/ --out explained
    """
    from rich.table import Table
    from rich.text import Text

    from ...operations.explain import explain as run
    from ..console import stdout
    from ..progress import SearchDisplay

    with SearchDisplay() as display:
        found, unreadable = run(model, list(images), out, name=name, on_event=display.on_event)
    for path, why in unreadable:
        click.echo(f"Left out: {why if str(path) in why else f'{path}: {why}'}", err=True)
    table = Table("image", "class", "probability", "overlay", box=None, pad_edge=False)
    for one in found:
        words = (str(one.path), one.name, f"{one.probability:.3f}", str(one.overlay))
        table.add_row(*map(Text, words))
    stdout().print(table)
