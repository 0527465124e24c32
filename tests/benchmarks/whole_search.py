"""Whole searches by the command line, from an empty cache and again: minutes, memory, and the time that was foretold.

    python tests/benchmarks/whole_search.py --case quickstart
    python tests/benchmarks/whole_search.py --data DIR --weights DIR --out results.json [--case NAME ...]

DIR for data holds `plates`, `food10` and `food10_64px`; see `CASES`. A cold run has an empty cache; a warm one is
another study, with another seed, on the same images and the cache that the cold run left. One Markdown table is printed
as cases end. `--other PYTHON` runs the same with another checkout's environment, in turns, and puts its columns beside.
"""

import itertools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
from data_check import draw
from whole_figures import figures, rows
from whole_run import CommandFailure, run_command

DRAWN = "drawn_10000"
_TWO = ("--set", "backbone=mobilenet_v2,mobilenet_v2_035")
_LARGE = ("--set", "backbone=resnet50,inception_resnet_v2", "--weights", "none")
_FOOD = ("--space", "food10_small", *_TWO)
_TWENTY = ("--trials", "20")
# A pass over 1,000 images, one view each, is the unit in which machines can be compared.
_YARDSTICK = """
import time, keras, numpy
model = keras.applications.MobileNetV2(weights=None, include_top=False, pooling="avg")
images = numpy.zeros((250, 224, 224, 3), "float32")
model.predict(images, batch_size=50, verbose=0)
started = time.perf_counter()
model.predict(images, batch_size=50, verbose=0)
print(4 * (time.perf_counter() - started))
"""


@dataclass(frozen=True)
class Case:
    """A search: the command's options, its folder within --data or `DRAWN`, and whether it takes --weights."""

    options: tuple[str, ...]
    data: str | None = None
    pretrained: bool = False


CASES = {
    "quickstart": Case(("--space", "quickstart")),
    "plates": Case(("--space", "plates", *_TWO, *_TWENTY), "plates", True),
    "food10": Case((*_FOOD, *_TWENTY), "food10", True),
    "food10_budget": Case((*_FOOD, *_TWENTY, "--budget", "3m"), "food10", True),
    "food10_64px": Case((*_FOOD, "--set", "image_size=96,160", *_TWENTY), "food10_64px", True),
    DRAWN: Case(("--space", "quickstart"), DRAWN),
    "plates_large": Case(("--space", "plates", *_LARGE, *_TWENTY), "plates"),
    **{f"food10_{n}s": Case((*_FOOD, "--budget", f"{n}s"), "food10", True) for n in (1, 20, 60, 180)},
}  # fmt: skip


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path))
@click.option("--weights", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="JSON with everything.")
@click.option("--case", "names", multiple=True, type=click.Choice(list(CASES)))
@click.option("--without-warm", is_flag=True, help="Only from an empty cache.")
@click.option("--repeats", type=click.IntRange(min=1), default=1, help="The table has medians.")
@click.option(
    "--other", type=click.Path(exists=True, path_type=Path), help="Another checkout's Python."
)
def main(
    data: Path | None,
    weights: Path | None,
    out: Path | None,
    names: tuple[str, ...],
    without_warm: bool,
    repeats: int,
    other: Path | None,
) -> None:
    """Run the cases and print a table; what is done stays in the JSON file, also when interrupted."""
    names = names or tuple(CASES)
    check_options(names, data, weights)
    pythons = {"this": sys.executable}
    if other:
        pythons["other"] = str(other.absolute())
    caches = ("cold",) if without_warm else ("cold", "warm")
    columns = list(itertools.product(caches, pythons))
    found: dict = {"yardstick": yardstick(), "runs": []}
    titles = [cache if python == "this" else f"{cache}, {python}" for cache, python in columns]
    click.echo(row(["case", "figure", *titles]))
    click.echo(row(["---", "---", *("---:" for _ in columns)]))
    for name in names:
        with tempfile.TemporaryDirectory(prefix="whole-", ignore_cleanup_errors=True) as folder:
            words = command(CASES[name], data, weights, Path(folder))
            for repeat in range(repeats):
                # Whoever comes first may find the machine in another state, so they take turns.
                turns = list(pythons)[:: -1 if repeat % 2 else 1]
                for cache, python in itertools.product(caches, turns):
                    place = Path(folder, f"{python}-{repeat}")
                    run = one_run([pythons[python], *words], place, seed=caches.index(cache))
                    run |= {"case": name, "cache": cache, "python": python, "repeat": repeat}
                    found["runs"].append(run)
                    if out:
                        out.write_text(json.dumps(found, indent=1))
        for line in table(name, found, columns):
            click.echo(line)


def check_options(names: tuple[str, ...], data: Path | None, weights: Path | None) -> None:
    """Refuse cases without their images or weights, before anything runs."""
    for name in names:
        case = CASES[name]
        if case.data not in (None, DRAWN) and not (data and (data / case.data).is_dir()):
            raise click.UsageError(f"{name} needs --data with a folder {case.data}.")
        if case.pretrained and weights is None:
            raise click.UsageError(f"{name} needs --weights.")


def command(case: Case, data: Path | None, weights: Path | None, folder: Path) -> list[str]:
    """Return the words of a search, all but Python, the study and the seed; draw images if it needs them."""
    words = ["-m", "transfertune.tuner.cli", "search", *case.options]
    if case.data == DRAWN:
        draw(folder / DRAWN, 10_000, 128, 0)
        words += ["--data", str(folder / DRAWN)]
    elif case.data and data:
        words += ["--data", str(data.resolve() / case.data)]
    if case.pretrained and weights:
        words += ["--weights", str(weights.resolve())]
    return words


def one_run(words: list[str], place: Path, seed: int) -> dict:
    """Run a search with the cache of `place`, and return its figures."""
    place.mkdir(exist_ok=True)
    study = place / f"study{seed}"
    try:
        run = run_command(
            [*words, "--seed", str(seed), "--study", str(study)], place, place / "cache"
        )
    except CommandFailure as error:
        raise click.ClickException(str(error)) from error
    log = (study / "trials.jsonl").read_text()
    return figures(run, [json.loads(line) for line in log.splitlines()])


def yardstick() -> float:
    """Return the seconds of one pass of MobileNetV2 over 1,000 images."""
    words = [sys.executable, "-c", _YARDSTICK]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return float(done.stdout.split()[-1])


def table(name: str, found: dict, columns: list[tuple[str, str]]) -> list[str]:
    """Return a case's rows, with one cell for each pair of cache and Python."""
    cells = []
    for column in columns:
        runs = [
            r for r in found["runs"] if r["case"] == name and (r["cache"], r["python"]) == column
        ]
        cells.append(rows(runs, found["yardstick"]))
    return [row([name, figure, *(one[figure] for one in cells)]) for figure in cells[0]]


def row(cells: list[str]) -> str:
    """Return a row of the table."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
