"""`tune data`: look at pictures before trusting them."""

import json

import click


@click.group()
def data():
    """Look at a data set before a search.

    \b
    Example:
      tune data check pictures/
    """


@data.command()
@click.argument("source", metavar="DIR|FILE|NAME")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(source, as_json):
    """Check a folder, a manifest or a named data set: classes, splits, sizes, unreadable and doubled pictures.

    \b
    Example:
      tune data check pictures/
    """
    from ...datasets import check_dataset, load_dataset
    from ..feature_cache import default_cache
    from .progress import SearchDisplay
    from .summary import print_check

    with SearchDisplay() as display:
        dataset = load_dataset(source, cache=default_cache(), progress=display.on_progress)
    found = check_dataset(dataset)
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=1, ensure_ascii=False))
    else:
        print_check(dataset, found)
