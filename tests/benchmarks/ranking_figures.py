"""The figures of `ranking_simulation.py`: bias, coverage, width, and how often what is recommended is worse."""

import json
from collections import defaultdict
from pathlib import Path
from typing import TextIO

import numpy as np

from transfertune.reports import Trial
from transfertune.reports.ranking.intervals import wilson
from transfertune.reports.ranking.out_of_fold import OutOfFold
from transfertune.reports.ranking.ranking import simplicity
from transfertune.reports.ranking.selection import choose
from transfertune.reports.ranking.selection_bias import expected_score


def print_tables(folder: Path, out: TextIO) -> None:
    """Print a row per cell, per size, and over everything."""
    records = [ruled(json.loads(file.read_text())) for file in sorted(folder.glob("*.json"))]
    groups = defaultdict(list)
    for record in records:
        groups[record["size"], record["task"]].append(record)
        groups[record["size"], "all"].append(record)
        groups["all", "all"].append(record)
    header = (
        "size",
        "task",
        "searches",
        "bias",
        "naive bias",
        "holds",
        "naive holds",
        "width/Wilson",
        "true",
        "probe",
        "naive true",
        "below best",
        "> 1 pt worse",
        "naive worse",
        "better by 1",
        "mean gain",
        "orders wrong",
        "orders",
        "tied",
        "CPU s",
    )
    print("| " + " | ".join(header) + " |", file=out)
    print("|" + " --- |" * len(header), file=out)
    for (size, task), some in sorted(
        groups.items(), key=lambda item: (str(item[0][0]).zfill(5), item[0][1])
    ):
        row = figures(some)
        print("| " + " | ".join([str(size), task, *row]) + " |", file=out)


def ruled(record: dict) -> dict:
    """Apply the project's rule, as it is now, to a search's stored predictions; the fits do not depend on it."""
    stored = record["oof"]
    losses, correct = (np.array(stored[name], float) for name in ("losses", "correct"))
    images = np.arange(losses.shape[1])
    found = OutOfFold(tuple(stored["numbers"]), images, np.zeros_like(images), losses, correct)
    seen = (~np.isnan(losses)).sum(axis=1)
    rule = {
        "eligible": seen == seen.max(),
        "simplicity": np.array([simplicity(_stub(record, number)) for number in found.numbers]),
        "inflation": record["inflation"],
    }
    winner = int(choose(found, np.ones((1, len(images))), **rule).winner[0])
    expected = expected_score(
        found, winner, lambda row, mask: float(np.nanmean(correct[row][mask])), share=True, **rule
    )
    return {
        **record,
        "recommended": found.numbers[winner],
        "claim": expected.score,
        "interval": expected.interval,
    }


def _stub(record: dict, number: int) -> Trial:
    recipe = {
        "classifier": record["kinds"][str(number)],
        "unfreeze": int(number in record["tails"]),
    }
    return Trial(number, "completed", recipe, 0.0)


def figures(records: list[dict]) -> list[str]:
    """Return one row's figures as texts."""
    claims = np.array([r["claim"] for r in records])
    truths = np.array([r["truth"][str(r["recommended"])] for r in records])
    probes = np.array([probe_truth(r) for r in records])
    naive = [(r["naive"]["claim"], r["naive"]["truth"], r["naive"]["images"]) for r in records]
    naive_claims, naive_truths, _ = np.array(naive).T
    best = np.array([max(r["truth"].values()) for r in records])
    low, high = np.array([r["interval"] for r in records]).T
    plain = np.diff([wilson(r["claim"], r["validated"]) for r in records], axis=1)[:, 0]
    widths = (high - low) / plain
    naive_holds = [w[0] <= t <= w[1] for (c, t, n) in naive for w in [wilson(c, int(n))]]
    wrong, stated = map(sum, zip(*(orders(r) for r in records), strict=True))
    return [
        str(len(records)),
        f"{100 * (claims - truths).mean():+.1f}",
        f"{100 * (naive_claims - naive_truths).mean():+.1f}",
        f"{100 * ((low <= truths) & (truths <= high)).mean():.0f} %",
        f"{100 * np.mean(naive_holds):.0f} %",
        f"{np.mean(widths):.2f}",
        f"{100 * truths.mean():.1f}",
        f"{100 * probes.mean():.1f}",
        f"{100 * naive_truths.mean():.1f}",
        f"{100 * (best - truths).mean():.1f}",
        f"{100 * (truths < probes - 0.01).mean():.0f} %",
        f"{100 * (naive_truths < probes - 0.01).mean():.0f} %",
        f"{100 * (truths > probes + 0.01).mean():.0f} %",
        f"{100 * (truths - probes).mean():+.2f}",
        f"{100 * wrong / max(1, stated):.1f} %",
        f"{stated / len(records):.1f}",
        f"{np.mean([len(r['tied']) for r in records]):.1f}",
        f"{np.mean([r['cpu_s'] for r in records]):.0f}",
    ]


def probe_truth(record: dict) -> float:
    """Return the true accuracy of the logistic probe that validation prefers: the one to beat."""
    probes = [n for n in record["order"] if record["kinds"][str(n)] == "logistic"]
    return record["truth"][str(probes[0])]


def orders(record: dict) -> tuple[int, int]:
    """Return how many of the stated orders (the best before one that is not tied) are wrong, and how many there are."""
    truth, best = record["truth"], record["order"][0]
    stated = [n for n in record["order"] if n not in record["tied"]]
    return sum(truth[str(n)] > truth[str(best)] for n in stated), len(stated)
