"""The figures of `ranking_simulation.py`: gain over a probe, bias, coverage, and how often the choice is worse."""

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np

from transfertune.reports import (
    MEAN_OF_PROBES,
    CostLimits,
    Study,
    Trial,
    is_probe,
    load_study,
    wilson,
    write_predictions,
)
from transfertune.tuner.scheduling.ensembles import make_ensembles

HEADER = (
    "size",
    "task",
    "searches",
    "true",
    "plain probe",
    "gain",
    "1 pt worse",
    "gain of mean",
    "gain of single",
    "gain of naive",
    "bias",
    "naive bias",
    "holds",
    "naive holds",
    "width/Wilson",
    "ensembles",
    "below best",
    "CPU s",
)


def print_tables(folder: Path, out: TextIO) -> None:
    """Print a row per cell, per size, and over everything."""
    groups = defaultdict(list)
    for place in sorted(folder.glob("*/facts.json")):
        record = ruled(place.parent)
        for key in ((record["size"], record["task"]), (record["size"], "all"), ("all", "all")):
            groups[key].append(record)
    print("| " + " | ".join(HEADER) + " |", file=out)
    print("|" + " --- |" * len(HEADER), file=out)
    for (size, task), some in sorted(
        groups.items(), key=lambda item: (str(item[0][0]).zfill(5), item[0][1])
    ):
        print("| " + " | ".join([str(size), task, *figures(some)]) + " |", file=out)


def ruled(folder: Path) -> dict:
    """Apply the project's rules, as they are now, to a search's trials; the fits do not depend on them."""
    facts = json.loads((folder / "facts.json").read_text())
    study = load_study(folder / "study")
    number = 1 + len(study.trials)  # what the search itself made stays as it is
    study = replace(study, trials=tuple(t for t in study.trials if not t.members))
    for trial, arrays in make_ensembles(study, CostLimits(), number=number):
        write_predictions(study.paths.trial(trial.number).predictions, arrays)
        study = replace(study, trials=(*study.trials, trial))
    truth = truths(study, folder)
    ranking, single = study.ranking, study.with_limits(CostLimits(single=True)).recommended
    mean = [t for t in study.candidates if t.strategy.get("name") == MEAN_OF_PROBES]
    return {
        **facts,
        "claim": ranking.expected.score,
        "interval": ranking.expected.interval,
        "validated": len(study.predictions(ranking.recommended.number)["indices"]),
        "true": truth[ranking.recommended.number],
        "mean": truth[mean[0].number] if mean else probe_truth(study, truth),
        "single": truth[single.number],
        "ensemble": bool(ranking.recommended.members),
        "best": max(truth.values()),
        "probe": max(facts["plain"].values()),
    }


def truths(study: Study, folder: Path) -> dict[int, float]:
    """Return the true accuracy of every candidate; that of an ensemble is its members' mean's."""
    with np.load(folder / "truth.npz") as stored:
        labels, numbers = stored["labels"], stored["numbers"].tolist()
        predicted = dict(zip(numbers, stored["probabilities"].astype(np.float32), strict=True))

    def probabilities(trial: Trial) -> np.ndarray:
        if not trial.members:
            return predicted[trial.number]
        return sum(member.weight * predicted[member.trial] for member in trial.members)

    return {
        trial.number: float((probabilities(trial).argmax(axis=1) == labels).mean())
        for trial in study.candidates
    }


def probe_truth(study: Study, truth: dict[int, float]) -> float:
    """Return the true accuracy of the probe that validation prefers."""
    probes = [trial for trial in study.candidates if is_probe(trial)]
    return truth[min(probes, key=lambda trial: trial.by_loss).number]


def figures(records: list[dict]) -> list[str]:
    """Return one row's figures as texts, in points of accuracy."""
    columns = ("claim", "true", "probe", "mean", "single", "best")
    claims, true, probe, mean, single, best = (
        100 * np.array([record[name] for record in records]) for name in columns
    )
    naive_claims, naive_true = (
        100 * np.array([record["naive"][name] for record in records]) for name in ("claim", "truth")
    )
    low, high = 100 * np.array([record["interval"] for record in records]).T
    plain = [100 * np.diff(wilson(r["claim"], r["validated"]))[0] for r in records]
    naive_holds = [
        w[0] <= r["naive"]["truth"] <= w[1]
        for r in records
        for w in [wilson(r["naive"]["claim"], int(r["naive"]["images"]))]
    ]
    return [
        str(len(records)),
        f"{true.mean():.1f}",
        f"{probe.mean():.1f}",
        f"{(true - probe).mean():+.2f}",
        f"{100 * (true < probe - 1).mean():.0f} %",
        f"{(mean - probe).mean():+.2f}",
        f"{(single - probe).mean():+.2f}",
        f"{(naive_true - probe).mean():+.2f}",
        f"{(claims - true).mean():+.1f}",
        f"{(naive_claims - naive_true).mean():+.1f}",
        f"{100 * ((low <= true) & (true <= high)).mean():.0f} %",
        f"{100 * np.mean(naive_holds):.0f} %",
        f"{np.mean((high - low) / plain):.2f}",
        f"{100 * np.mean([record['ensemble'] for record in records]):.0f} %",
        f"{(best - true).mean():.1f}",
        f"{np.mean([record['cpu_s'] for record in records]):.0f}",
    ]
