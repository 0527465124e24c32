"""The `tune` command: its subcommands, and what a person sees of a mistake or an interruption."""

import errno
import signal
import sys
from importlib.metadata import version

import click

from ...datasets import DataError
from ...reports import StudyError
from ...search_spaces import SpaceError, did_you_mean
from ..errors import SearchError, TrialFailure
from .commands.cache import cache
from .commands.compare import compare
from .commands.data import data
from .commands.demo import demo
from .commands.explain import explain
from .commands.export_best import export_best
from .commands.predict import predict
from .commands.report import report
from .commands.retrain import retrain
from .commands.search import search
from .commands.spaces import spaces
from .console import as_sentence

COMMANDS = (
    cache,
    compare,
    data,
    demo,
    explain,
    export_best,
    predict,
    report,
    retrain,
    search,
    spaces,
)
MISTAKES = (DataError, SearchError, SpaceError, StudyError, TrialFailure)
# What the machine refuses, as opposed to what the program got wrong.
_REFUSALS = (
    errno.EACCES,
    errno.EDQUOT,
    errno.EIO,
    errno.EISDIR,
    errno.ELOOP,
    errno.EMFILE,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
)
INTERRUPTED = 130


class _Commands(click.Group):
    """A group that suggests the nearest command."""

    def resolve_command(self, ctx, args):
        if args and self.get_command(ctx, args[0]) is None:
            near = did_you_mean(args[0], self.commands)
            known = ", ".join(sorted(self.commands))
            raise click.UsageError(f"Unknown command {args[0]!r}; known are {known}.{near}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("transfertune"), prog_name="tune")
def tune():
    """Search the hyperparameters of transfer-learning image classifiers on small data.

    \b
    Example:
      tune search --space quickstart
    """


for _command in COMMANDS:
    tune.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit 0, 2 for a person's mistake, 130 when interrupted."""
    # A polite request to end is an interruption like Control-C: what is done is kept, and the report is written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = tune.main(arguments, prog_name="tune", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        sys.exit(0)
    except click.ClickException as error:
        sys.exit(_complain(error.format_message()))
    except MISTAKES as error:
        sys.exit(_complain(str(error)))
    except (KeyboardInterrupt, click.Abort):
        goes_on = set(sys.argv[1:] if arguments is None else arguments) & {"search", "compare"}
        click.echo(
            f"Interrupted.{' The same command continues the search.' if goes_on else ''}", err=True
        )
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        where = f": {error.filename}" if error.filename else ""
        sys.exit(
            _complain(
                f"{error.strerror}{where}; free disk space, or give another place: --out or --study, "
                "or TRANSFERTUNE_CACHE for the cache."
            )
        )
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str) -> int:
    click.echo(f"tune: {as_sentence(message)}", err=True)
    return 2
