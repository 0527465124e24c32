"""`tune predict`: the most probable classes of images."""

import csv
import json
import sys
from pathlib import Path

import click


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("images", nargs=-1, required=True)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="N",
    help="Classes to show for each image.",
)
@click.option(
    "--unsure",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="Answer unsure where the answer is less certain than those of all but this share of the validation images, "
    "such as 0.05.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all probabilities.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with all probabilities.")
@click.option(
    "--parquet",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a Parquet file with all probabilities instead.",
)
def predict(model, images, top, unsure, as_json, as_csv, parquet):
    """Classify IMAGES with MODEL, a file or folder that `tune export-best` wrote.

    IMAGES are files, folders, patterns and addresses (s3://, gs://, https://) of images and folders; - reads a list of
    them from the standard input, one a line.

    \b
    Example:
      tune predict model.keras image.jpg folder/
      find photos -name '*.jpg' | tune predict model.onnx - --csv
    """
    from ....reports import why_unwritable
    from ...operations.predict import predict as run
    from ..progress import SearchDisplay

    if as_json + as_csv + (parquet is not None) > 1:
        raise click.UsageError("--json, --csv and --parquet cannot be combined; give one of them.")
    if parquet is not None and parquet.suffix != ".parquet":
        raise click.UsageError(f"--parquet writes a .parquet file, but got {parquet}.")
    if parquet is not None and not parquet.parent.is_dir():
        raise click.UsageError(f"There is no folder {parquet.parent} to write {parquet.name} to.")
    why = None if parquet is None else why_unwritable(parquet.parent)
    if why is not None:
        raise click.UsageError(f"{why}; give another place for {parquet.name}.")
    listed = sys.stdin.read().splitlines() if "-" in images else []
    sources = [name for name in images if name != "-"] + [line for line in listed if line]
    if not sources:
        raise click.UsageError("The standard input lists no images.")
    with SearchDisplay() as display:
        found = run(model, sources, unsure=unsure, on_event=display.on_event)
    for path, why in found.unreadable:
        click.echo(f"Left out: {why if str(path) in why else f'{path}: {why}'}", err=True)
    if parquet is not None:
        _write_parquet(found, parquet)
        return
    show = _json if as_json else _csv if as_csv else _table
    show(found, top)


def _json(found, top):
    rows = [
        {
            "path": str(path),
            "class": found.name(i),
            "probabilities": dict(zip(found.classes, row.tolist(), strict=True)),
        }
        for i, (path, row) in enumerate(zip(found.paths, found.probabilities, strict=True))
    ]
    click.echo(json.dumps(rows, indent=1, ensure_ascii=False))


def _csv(found, top):
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["path", "class", *_columns(found)])
    for i, (path, row) in enumerate(zip(found.paths, found.probabilities, strict=True)):
        writer.writerow([path, found.name(i), *row.tolist()])


def _write_parquet(found, file):
    import pandas as pd

    from ....reports import write_beside

    named = {
        "path": [str(path) for path in found.paths],
        "class": [found.name(i) for i in range(len(found.paths))],
    }
    shares = dict(zip(_columns(found), found.probabilities.T, strict=True))
    write_beside(file, pd.DataFrame({**named, **shares}).to_parquet(index=False))
    click.echo(f"Written: {file}")


def _columns(found):
    """Return the names of the columns of probabilities, which no class can confuse with the others."""
    return [f"p_{name}" for name in found.classes]


def _table(found, top):
    from rich.table import Table

    from ..console import stdout

    table = Table("image", "class", "probability", box=None, pad_edge=False)
    for i, path in enumerate(found.paths):
        for place, (name, probability) in enumerate(found.top(i, top)):
            shown = f"{name} (unsure)" if found.unsure[i] and not place else name
            table.add_row(_plain("" if place else str(path)), _plain(shown), f"{probability:.3f}")
    stdout().print(table)


def _plain(text: str):
    from rich.text import Text

    return Text(text)
