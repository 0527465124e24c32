"""`tune predict`: the most probable classes of images."""

import csv
import json
import sys
from pathlib import Path

import click


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="N",
    help="Classes to show for each image.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all probabilities.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with all probabilities.")
def predict(model, images, top, as_json, as_csv):
    """Classify IMAGES (files or folders) with MODEL, a file that `tune export-best` wrote.

    \b
    Example:
      tune predict model.keras image.jpg folder/
    """
    from ...operations.predict import predict as run

    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot be combined; give one of them.")

    found = run(model, list(images))
    for path, why in found.unreadable:
        click.echo(f"Left out: {why if str(path) in why else f'{path}: {why}'}", err=True)
    show = _json if as_json else _csv if as_csv else _table
    show(found, top)


def _json(found, top):
    rows = [
        {
            "path": str(path),
            "class": found.top(i, 1)[0][0],
            "probabilities": dict(zip(found.classes, row.tolist(), strict=True)),
        }
        for i, (path, row) in enumerate(zip(found.paths, found.probabilities, strict=True))
    ]
    click.echo(json.dumps(rows, indent=1, ensure_ascii=False))


def _csv(found, top):
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["path", "class", *found.classes])
    for i, (path, row) in enumerate(zip(found.paths, found.probabilities, strict=True)):
        writer.writerow([path, found.top(i, 1)[0][0], *row.tolist()])


def _table(found, top):
    from rich.table import Table

    from ..console import stdout

    table = Table("image", "class", "probability", box=None, pad_edge=False)
    for i, path in enumerate(found.paths):
        for place, (name, probability) in enumerate(found.top(i, top)):
            table.add_row(_plain("" if place else str(path)), _plain(name), f"{probability:.3f}")
    stdout().print(table)


def _plain(text: str):
    from rich.text import Text

    return Text(text)
