"""`tune demo`: a page on which a model can be tried."""

import contextlib
from pathlib import Path

import click


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; only this machine reaches 127.0.0.1, and 0.0.0.0 lets the whole network in.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="N",
    help="The port to listen at; 0 takes a free one.",
)
@click.option(
    "--unsure",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="Mark answers that are less certain than those of all but this share of the validation images.",
)
def demo(model, host, port, unsure):
    """Serve a page to try MODEL: drop an image, see its classes and where the model looks.

    \b
    Example:
      tune demo model.keras
    """
    from ...demo.server import demo as run
    from ...demo.server import is_loopback

    def ready(address):
        click.echo(f"Open {address} in a browser; Ctrl-C ends it.")
        if not is_loopback(host):
            click.echo("Everyone who reaches this machine can use it.")

    with contextlib.suppress(KeyboardInterrupt):
        run(model, host=host, port=port, unsure=unsure, on_ready=ready)
