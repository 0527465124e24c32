"""`tune spaces`: what can be searched."""

import click


@click.command()
@click.argument("name", required=False)
def spaces(name):
    """List the search spaces, or the hyperparameters of the space NAME (a name, or a .py file).

    \b
    Example:
      tune spaces food10_small
    """
    from ....search_spaces import load_space

    if name is None:
        _list()
    else:
        _show(load_space(name))


def _list():
    from rich.table import Table

    from ....search_spaces import SPACES
    from ..console import stdout

    table = Table("space", "what for", "data", "trials", "epochs", box=None, pad_edge=False)
    for space in SPACES.values():
        table.add_row(
            space.name,
            space.title,
            space.data or "--data DIR",
            str(space.trials),
            str(space.epochs),
        )
    stdout().print(table)
    click.echo("\n`tune spaces NAME` shows one; a space of your own is a .py file.")


def _show(space):
    from rich.table import Table
    from rich.text import Text

    from ....search_spaces import HYPERPARAMETERS
    from ..console import stdout

    click.echo(f"{space.name}: {space.title}")
    click.echo(f"Expects: {space.expects}")
    click.echo(f"Data: {space.data or 'yours, with --data DIR'}")
    click.echo(f"Trials: {space.trials}; epochs: {space.epochs}\n")
    _show_runs(space)
    table = Table("hyperparameter", "values here", "meaning", "takes", box=None, pad_edge=False)
    apart = [name for name in HYPERPARAMETERS if not space.may_apply(name)]
    for name, row in HYPERPARAMETERS.items():
        if name in apart:
            continue
        domain = space.domain(name)
        values = Text(str(domain), style="dim" if domain.fixed else "bold")
        table.add_row(name, values, row.help + _excluded_by(row), row.allowed)
    stdout().print(table)
    if apart:
        click.echo(
            f"\nThese hyperparameters have no effect with the values above: {', '.join(apart)}."
        )


def _show_runs(space):
    if not space.runs:
        return
    recipes = [space.recipe(run).as_dict() for run in space.listed()]
    named = {name for run in space.listed() for name in run}
    words = [{n: f"{n} {v}" for n, v in recipe.items() if n in named} for recipe in recipes]
    shared = {word for word in words[0].values() if all(word in w.values() for w in words)}
    click.echo("Runs of --strategy listed:")
    for number, run in enumerate(words, 1):
        own = ", ".join(word for word in run.values() if word not in shared)
        click.echo(f"{number:3}. {own}")
    same = ", ".join(word for word in words[0].values() if word in shared)
    click.echo(f"     all: {same}\n" if same else "")


def _excluded_by(row) -> str:
    """Say when a hyperparameter is absent; a parent that leaves few values says when it is there."""
    from ....search_spaces import HYPERPARAMETERS

    meaningless: dict[str, list[str]] = {}
    for name, value in row.excluded_by:
        meaningless.setdefault(name, []).append(str(value))
    absent, only = [], []
    for name, values in meaningless.items():
        kept = [word for word in HYPERPARAMETERS[name].allowed.split(", ") if word not in values]
        if len(kept) < len(values):
            only.append(f"{name} is {' or '.join(kept)}")
        else:
            absent.append(f"{name} is {' or '.join(values)}")
    return "".join(
        f"; {word} if {joint.join(conditions)}"
        for word, joint, conditions in (("only", " and ", only), ("absent", " or ", absent))
        if conditions
    )
