"""This project against its peers under one wall clock, each held against the truth on test images.

    python tests/benchmarks/peers.py --data DIR --weights DIR --out FOLDER

All methods get the same images, weights and folds, and are told to improve the accuracy: a) Hyperband of plain Keras
Tuner from pixels, b) the same on features, c) Optuna's TPE with median pruning on features, d) scikit-learn's grid over
C on features, e) `tune search`. Each runs alone, in a process of its own, with nothing cached. Start-up, feature
passes and the final training count. At its limit it is killed, and the predictions that it has written by then count;
without any, it is scored as a guess among all classes. A run is a JSON file in FOLDER; what is there is not run again.
"""

import importlib.util
import json
import tempfile
import time
from pathlib import Path

import click
from peer_figures import cells_of, plot, table
from peer_images import DrawnImages, draw_images
from peer_run import PEERS, PeerFailure, run_peer
from peer_task import PeerTask

from transfertune.datasets import DataError
from transfertune.search_spaces import BACKBONES
from transfertune.tuner.backbones.weights import absolute_weights, weights_mistakes

TITLES = {peer: f"{peer}) {row[0]}" for peer, row in PEERS.items()}
SETUP = "setup.json"


def _words(context, parameter, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))


def _peers(context, parameter, value: str) -> tuple[str, ...]:
    peers = _words(context, parameter, value)
    for peer in peers:
        if peer not in PEERS:
            raise click.BadParameter(f"{peer!r} is none of {', '.join(PEERS)}.")
        package = PEERS[peer][2]
        if importlib.util.find_spec(package) is None:
            raise click.BadParameter(
                f'{peer} needs {package}; install it with pip install -e ".[benchmarks]", or leave {peer} out.'
            )
    return peers


def _backbones(context, parameter, value: str) -> tuple[str, ...]:
    names = _words(context, parameter, value)
    for name in names:
        if name not in BACKBONES:
            raise click.BadParameter(f"{name!r} is none of {', '.join(BACKBONES)}.")
    return names


def _minutes(context, parameter, value: str) -> tuple[float, ...]:
    try:
        minutes = tuple(float(word) for word in _words(context, parameter, value))
    except ValueError:
        minutes = ()
    if not minutes or min(minutes) <= 0:
        raise click.BadParameter(f"must be numbers above 0 such as 1,3,10, but got {value!r}.")
    return minutes


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--weights", default="imagenet", help="A folder of weights files, or imagenet.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Records and plot.")
@click.option("--space", default="food10_small", help="The search space of this project.")
@click.option("--backbones", default="mobilenet_v2,mobilenet_v2_035", callback=_backbones)
@click.option("--images", type=click.IntRange(min=1), help="Development images of a draw.")
@click.option("--peers", default="a,b,c,d,e", callback=_peers)
@click.option("--minutes", default="1,3,10", callback=_minutes)
@click.option("--seeds", type=click.IntRange(min=1), default=5, help="How many.")
def main(
    data: Path,
    weights: str,
    out: Path,
    space: str,
    backbones: tuple[str, ...],
    images: int | None,
    peers: tuple[str, ...],
    minutes: tuple[float, ...],
    seeds: int,
) -> None:
    """Run what is missing, print the table, and draw the plot."""
    if mistakes := weights_mistakes(list(backbones), weights):
        raise click.ClickException(" ".join(mistakes))
    setup = {
        "data": str(data.resolve()),
        "weights": absolute_weights(weights),
        "space": space,
        "backbones": list(backbones),
        "images": images,
    }
    _check_setup(out / SETUP, setup)
    wanted = [(seed, limit, peer) for seed in range(seeds) for limit in minutes for peer in peers]
    for seed in range(seeds):
        missing = [run for run in wanted if run[0] == seed and not _file(out, *run).exists()]
        if missing:
            _run_seed(out, setup, seed, missing)
    cells = cells_of(json.loads(_file(out, *run).read_text()) for run in wanted)
    click.echo(table(cells, TITLES))
    plot(cells, TITLES, out / "peers.svg")


def _check_setup(file: Path, setup: dict) -> None:
    """Refuse to mix runs that cannot be compared."""
    before = json.loads(file.read_text()) if file.exists() else setup
    other = [f"{name} {before.get(name)!r}" for name in setup if before.get(name) != setup[name]]
    if other:
        raise click.ClickException(
            f"{file.parent} has runs with {', '.join(other)}; use the same options or another --out."
        )


def _file(out: Path, seed: int, minutes: float, peer: str) -> Path:
    return out / f"{peer}-{minutes:g}-{seed}.json"


def _run_seed(out: Path, setup: dict, seed: int, runs: list[tuple[int, float, str]]) -> None:
    """Run what is missing of one seed, one after another, and write a record of each."""
    with tempfile.TemporaryDirectory(prefix="peers-") as place:
        try:
            drawn = draw_images(Path(setup["data"]), setup["images"], seed, Path(place))
        except DataError as error:
            raise click.ClickException(str(error)) from error
        out.mkdir(parents=True, exist_ok=True)
        (out / SETUP).write_text(json.dumps(setup, indent=1))
        for _, minutes, peer in runs:
            file = _file(out, seed, minutes, peer)
            click.echo(f"seed {seed}, {minutes:g} min, {TITLES[peer]}: ", nl=False)
            try:
                record = _run_once(peer, minutes, seed, setup, drawn, file.with_suffix(".log"))
            except PeerFailure as error:
                raise click.ClickException(str(error)) from error
            beside = file.with_suffix(".part")
            beside.write_text(json.dumps(record))
            beside.replace(file)
            accuracy = sum(record["correct"]) / len(record["correct"])
            click.echo(f"{accuracy:.3f}, claims {record['claim']}, {record['seconds']:.0f} s")


def _run_once(
    peer: str, minutes: float, seed: int, setup: dict, drawn: DrawnImages, log: Path
) -> dict:
    with tempfile.TemporaryDirectory(prefix="peer-", ignore_cleanup_errors=True) as folder:
        task = PeerTask(
            folder=folder,
            manifest=str(drawn.manifest),
            paths=drawn.paths,
            labels=drawn.labels,
            folds=drawn.folds,
            classes=drawn.classes,
            space=setup["space"],
            backbones=tuple(setup["backbones"]),
            weights=setup["weights"],
            seed=seed,
            started=time.time(),
            seconds=60 * minutes,
        )
        found = run_peer(peer, task, log)
    return {"peer": peer, "minutes": minutes, "seed": seed, **found}


if __name__ == "__main__":
    main()
