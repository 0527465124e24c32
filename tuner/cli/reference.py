"""Writes the command-line reference from the commands themselves: `python -m transfertune.tuner.cli.reference`."""

from collections.abc import Iterator

import click

from .main import tune

_WIDTH = 100


def reference() -> str:
    """Return the reference as Markdown: the help of every command."""
    parts = [
        "# Command-line reference\n",
        "Made by `python -m transfertune.tuner.cli.reference > docs/cli.md`.\n",
    ]
    for path, command in _walk("tune", tune):
        context = click.Context(
            command,
            info_name=path,
            help_option_names=["-h", "--help"],
            max_content_width=_WIDTH,
            terminal_width=_WIDTH,
        )
        parts.append(f"## {path}\n\n```\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from _walk(f"{path} {name}", child)


if __name__ == "__main__":
    click.echo(reference(), nl=False)
