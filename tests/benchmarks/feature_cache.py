"""Plain Keras Tuner from pixels against this project, on the same recipes, seeds and splits.

    python tests/benchmarks/feature_cache.py --data DIR --weights DIR --out results.json [--case NAME ...]

DIR for data holds `plates` and `food10`; see `CASES`. Each variant runs in a process of its own, whose CPU seconds
(children included) and peak memory the system reports. Ours runs three times, before, between and after the halves of
the plain one, each time with an empty cache, and its median counts. The floor is one pass of the backbone at the best
throughput of several batch sizes, and the heads' steps in one compiled call. Start-up (imports) is measured apart and
taken off both.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click

HERE = Path(__file__).resolve()


@dataclass(frozen=True)
class Case:
    """One comparison; `settings` fix the recipe but for dense widths, dropout and rate, which are drawn at random."""

    data: str
    backbone: str
    trials: int
    epochs: int
    pretrained: bool
    settings: dict


_HEAD = {
    "image_size": ["native"],
    "predict_views": ["none"],
    "pooling": ["gap"],
    "augment": ["none"],
    "steps_per_epoch": ["full"],
    "batch_size": [32],
    "patience": [1000],
    "plateau_patience": [0],
    "l2": [0],
    "unfreeze": [0],
}
_TAIL = {**_HEAD, "unfreeze": [20], "head_epochs": [0], "learning_rate": [1e-5, 3e-5, 1e-4]}
CASES = {
    "resnet50_plates": Case("plates", "resnet50", 20, 20, False, _HEAD),
    "mobilenet_v2_food10": Case("food10", "mobilenet_v2", 10, 20, True, _HEAD),
    "mobilenet_v2_unfrozen_20": Case("plates", "mobilenet_v2", 5, 10, True, _TAIL),
    "inception_resnet_v2_plates": Case("plates", "inception_resnet_v2", 1, 5, False, _HEAD),
}


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--weights", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSON with everything.")
@click.option("--case", "names", multiple=True, type=click.Choice(sorted(CASES)))
def main(data: Path, weights: Path, out: Path, names: tuple[str, ...]) -> None:
    """Run the cases and print a table; what is done stays in the JSON file, also when interrupted."""
    results = json.loads(out.read_text()) if out.exists() else {}
    for name in names or CASES:
        with tempfile.TemporaryDirectory() as folder:
            results[name] = compare(CASES[name], data.resolve(), weights.resolve(), Path(folder))
        out.write_text(json.dumps(results, indent=1))
        click.echo(table({name: results[name]}))


def compare(case: Case, data: Path, weights: Path, folder: Path) -> dict:
    """Run one case; return its measurements."""
    options = {
        **asdict(case),
        "folder": str(folder),
        "data": str(data / case.data),
        "weights": str(weights) if case.pretrained else "none",
    }
    startup = _run("startup", options)
    ours = [_run("ours", options | {"run": 0})]
    half = max(1, case.trials // 2)
    plain = [_run("plain", options | {"first": 0, "last": half})]
    ours.append(_run("ours", options | {"run": 1}))
    if half < case.trials:
        plain.append(_run("plain", options | {"first": half, "last": case.trials}))
    ours.append(_run("ours", options | {"run": 2}))
    # Naming the cache keeps it: this one finds the features that run 2 left.
    again = _run("ours", options | {"run": 3, "cache": "cache"})
    floor = _run("floor", options)
    parts = _run("parts", options)
    return {
        "case": asdict(case),
        "startup": startup,
        "plain": plain,
        "ours": ours,
        "second_study": again,
        "floor": floor,
        "parts": parts["result"],
        "agreement": agreement(folder, case),
    }


def agreement(folder: Path, case: Case) -> dict:
    """Compare every epoch of every trial of both."""
    import pandas as pd

    losses, hits, same = [], [], 0
    for i in range(case.trials):
        plain = json.loads((folder / f"plain_{i}.json").read_text())
        ours = pd.read_csv(folder / "study0" / "trials" / f"{i + 1:04d}" / "history.csv")
        losses.append(float((ours["val_loss"] - plain["val_loss"]).abs().max()))
        hits.append(float((ours["val_accuracy"] - plain["val_accuracy"]).abs().max()))
        same += int(max(plain["val_accuracy"]) - ours["val_accuracy"].max() < 1e-6)
    return {
        "trials": case.trials,
        "same_best_accuracy": same,
        "largest_val_loss_difference": max(losses),
        "largest_val_accuracy_difference": max(hits),
    }


def table(results: dict) -> str:
    """Return the measurements as text."""
    lines = [
        f"{'case':28}{'plain CPU s':>12}{'ours CPU s':>12}{'ratio':>8}{'with start':>11}{'floor CPU s':>12}"
        f"{'over floor':>11}{'wall ratio':>11}{'peak MB':>14}{'same best':>11}"
    ]
    for name, found in results.items():
        s = summary(found)
        lines.append(
            f"{name:28}{s['plain_cpu']:12.1f}{s['ours_cpu']:12.1f}{s['ratio']:8.1f}{s['ratio_with_startup']:11.1f}"
            f"{s['floor_cpu']:12.1f}{s['over_floor']:11.2f}{s['wall_ratio']:11.1f}"
            f"{s['plain_mb']:7.0f}/{s['ours_mb']:<6.0f}{s['same']:>11}"
        )
        lines += [f"    {part:24}{seconds:8.2f} CPU s" for part, seconds in found["parts"].items()]
    return "\n".join(lines)


def summary(found: dict) -> dict:
    """Return the figures of one case: CPU without start-up, ratios, peaks."""
    start = found["startup"]["cpu"]
    plain_all = sum(run["cpu"] for run in found["plain"])
    plain = sum(run["cpu"] - start for run in found["plain"])
    # Ours starts two processes, the search and its worker, each with its own imports.
    middle = statistics.median(run["cpu"] for run in found["ours"])
    ours = middle - 2 * start
    agree = found["agreement"]
    return {
        "plain_cpu": plain,
        "ours_cpu": ours,
        "ratio": plain / ours,
        "ratio_with_startup": (plain_all - start * (len(found["plain"]) - 1)) / middle,
        "floor_cpu": found["floor"]["result"]["cpu"],
        "over_floor": ours / found["floor"]["result"]["cpu"],
        "wall_ratio": sum(run["wall"] for run in found["plain"])
        / statistics.median(run["wall"] for run in found["ours"]),
        "plain_mb": max(run["peak_mb"] for run in found["plain"]),
        "ours_mb": max(run["peak_mb"] for run in found["ours"]),
        "same": f"{agree['same_best_accuracy']}/{agree['trials']}",
    }


def _run(role: str, options: dict) -> dict:
    """Run a role in a process of its own; return CPU and wall seconds, peak memory and what it reported."""
    report = Path(options["folder"]) / "report.json"
    report.unlink(missing_ok=True)
    started = time.perf_counter()
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    words = [sys.executable, str(HERE.with_name("roles.py")), role, json.dumps(options)]
    child = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise click.ClickException(f"{role} ended with status {status}: {' '.join(words)}")
    return {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - started,
        "peak_mb": usage.ru_maxrss / 1024,
        "disk_mb": _size(Path(options["folder"]) / options.get("cache", "cache")) / 2**20,
        "result": json.loads(report.read_text()) if report.exists() else None,
    }


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
