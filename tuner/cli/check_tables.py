"""What `tune data check` prints: tables of the facts, then the findings."""

import click
from rich.table import Table
from rich.text import Text

from ...datasets import Check
from ...reports import DisputedLabel, LabelCheck
from .console import counted, stdout

_MOST_SIZES = 8
_MOST_LABELS = 30
_STYLES = {"problem": "bold red", "notice": "yellow"}


def print_check(check: Check, labels: LabelCheck | None) -> None:
    """Print the facts and the findings of a data check, and the labels that a probe disputes, if one was asked."""
    click.echo(
        f"{check.name}: {counted(check.images, 'image')} of "
        f"{counted(len(check.counts), 'class', 'classes')} in {check.place}\n"
    )
    console = stdout()
    for table in (_classes(check), _sizes(check), _channels(check)):
        console.print(table)
        click.echo("")
    _counts("Kinds of pixels", check.modes)
    _counts("Kinds of files", check.formats)
    for note in check.notes:
        click.echo(f"Note: {note}")
    click.echo("")
    for finding in check.findings:
        console.print(_finding(finding.severity, finding.sentence), soft_wrap=True)
    disputed = labels.disputed if labels is not None else ()
    if labels is not None and disputed:
        console.print(_finding("notice", labels.sentence), soft_wrap=True)
        console.print(_labels(disputed[:_MOST_LABELS]))
        if len(disputed) > _MOST_LABELS:
            click.echo(f"… and {len(disputed) - _MOST_LABELS} more. --json lists all.")
    if not check.findings and not disputed and not check.notes:
        click.echo("No problems found.")


def _finding(severity: str, sentence: str) -> Text:
    prefix = Text(f"{severity.capitalize()}: ", _STYLES[severity])
    return prefix + Text(sentence, "default not bold")


def _labels(disputed: tuple[DisputedLabel, ...]) -> Table:
    table = Table("image", "label", "predicted", box=None, pad_edge=False)
    table.add_column("probability", justify="right")
    table.add_column("probability of label", justify="right")
    for one in disputed:
        shares = (f"{one.confidence:.0%}", f"{one.belief:.1%}")
        table.add_row(Text(one.path), Text(one.given), Text(one.suggested), *shares)
    return table


def _counts(what: str, counts: dict[str, int]) -> None:
    click.echo(f"{what}: " + ", ".join(f"{name} ({count})" for name, count in counts.items()))


def _classes(check: Check) -> Table:
    used = list(next(iter(check.shares.values())))
    table = _table("class", *(column for split in used for column in (split, "share")))
    for name, count in check.counts.items():
        shares = check.shares[name]
        cells = (cell for s in used for cell in (str(count[s]), f"{shares[s]:.1%}"))
        table.add_row(Text(name), *cells)
    return table


def _sizes(check: Check) -> Table:
    table = _table("size", "images")
    shown = list(check.sizes.items())[:_MOST_SIZES]
    for size, count in shown:
        table.add_row(_size(size), str(count))
    more = len(check.sizes) - len(shown)
    if more:
        table.add_row(f"{more} other sizes", str(check.images - sum(n for _, n in shown)))
        table.add_row(f"smallest {_size(check.smallest)}", str(check.sizes[check.smallest]))
        table.add_row(f"largest {_size(check.largest)}", str(check.sizes[check.largest]))
    return table


def _channels(check: Check) -> Table:
    table = _table("channel", "min", "max", "mean", "deviation")
    found = check.channels
    for i, name in enumerate(("red", "green", "blue")):
        mean, deviation = f"{found.mean[i]:.1f}", f"{found.deviation[i]:.1f}"
        table.add_row(name, str(found.low[i]), str(found.high[i]), mean, deviation)
    return table


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table
