"""`tune cache`: what is kept between searches."""

import time

import click


@click.command()
@click.option("--clear", is_flag=True, help="Remove all features. Named data sets are kept.")
def cache(clear):
    """Show or remove the cached features. Removing them is always safe.

    \b
    Example:
      tune cache --clear
    """
    from ...features.cache import FeatureCache, default_cache

    features = FeatureCache(default_cache())
    if clear:
        click.echo(f"Removed {_size(features.clear())} of features in {features.folder}.")
        return
    entries = features.entries()
    _table(entries)
    total = sum(entry.size for entry in entries)
    click.echo(f"Features: {_size(total)} in {features.folder} (limit {_size(features.limit)})")
    data = default_cache() / "datasets"
    copied = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
    if copied:
        click.echo(f"Data sets: {_size(copied)} in {data} (no limit)")
    click.echo(
        "Set TRANSFERTUNE_CACHE to move the folder and TRANSFERTUNE_CACHE_LIMIT to change the limit."
    )


def _table(entries):
    from rich.table import Table

    from ..console import stdout

    table = Table("features", "images", "size", "last used", box=None, pad_edge=False)
    for entry in entries:
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used))
        table.add_row(_words(entry.content), str(entry.content["rows"]), _size(entry.size), used)
    if entries:
        stdout().print(table)


def _words(content) -> str:
    if content.get("pixels"):
        return f"pixels {content['size']}x{content['size']}"
    words = f"{content['backbone']}, {content['size']}x{content['size']}, unfreeze {content['unfreeze']}"
    if content.get("pooled"):
        words += ", averaged"
    if "after" in content:
        words += f", after the last {content['after']} layers"
    if "mirrored" in content:
        words += ", mirror images"
    if "view" in content:
        words += f", augment {content['augment']}, view {content['view'] + 1}"
    return words


def _size(size: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1e3:.0f} kB"
