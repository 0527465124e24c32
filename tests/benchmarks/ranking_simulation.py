"""Many small searches on resampled training sets, each held against a large held-out set.

    python tests/benchmarks/ranking_simulation.py run --data DIR --weights DIR --out FOLDER
    python tests/benchmarks/ranking_simulation.py table FOLDER

Every search is the project's own, end to end: its policy, baselines, trials, race, ensembles and ranking. Beside it
stands the naive rule of plain Keras Tuner: one split, the best epoch by accuracy, the best trial. Truth is the
accuracy of a retrained model on all images that the search never saw. Each search is a folder with its study and the
truth, so that a table can apply a changed rule to the same trials.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from ranking_pools import TASKS, divide, of_classes, pool_of

from transfertune.datasets import assign_folds, choose_policy, first_slot
from transfertune.reports import OBJECTIVES, CostLimits, Study, is_probe, open_store
from transfertune.search_spaces import Choice, Float, Recipe, Space
from transfertune.tuner.events import unheard
from transfertune.tuner.keras_setup import prepare_keras
from transfertune.tuner.models.retrain import epochs_to_repeat
from transfertune.tuner.operations.header import image_table, make_header
from transfertune.tuner.scheduling.budget import Budget
from transfertune.tuner.scheduling.cost_model import CostModel
from transfertune.tuner.scheduling.listeners import log_to
from transfertune.tuner.scheduling.loop import TrialLoop
from transfertune.tuner.scheduling.replay import replayed_strategy
from transfertune.tuner.scheduling.scheduler import Scheduler
from transfertune.tuner.scheduling.state import SearchState
from transfertune.tuner.seeds import derive_seed
from transfertune.tuner.training.checkpoint import FitState
from transfertune.tuner.trials.task import Task
from transfertune.tuner.workers.executor import InProcessExecutor

CELLS = [
    ("cifar", 40), ("food", 40), ("food64", 40), ("drawn", 40),
    ("cifar", 100), ("food", 100), ("food64", 100), ("drawn", 100),
    ("cifar", 500), ("food", 500), ("food64", 500), ("drawn", 500),
    ("cifar", 1000), ("food64", 1000), ("drawn", 1000),
]  # fmt: skip
# Pairs of classes for the smallest size, so that features are shared by the searches.
PAIRS = ((0, 1), (3, 5), (2, 4))


def space_of(backbones: tuple[str, ...], sizes: tuple[int, ...], tails: bool) -> Space:
    """Return what is searched: heads, and with `tails` the last layers after a probe."""
    domains = {
        "backbone": Choice(*backbones),
        "image_size": Choice(*sizes),
        "predict_views": "mirror",
        "dense": Choice("none", "128"),
        "dropout": Float(0.1, 0.5),
        "l2": 1e-4,
        "learning_rate": Float(3e-4, 1e-2, log=True),
        "batch_size": Choice(16, 32),
        "patience": 6,
    }
    if tails:
        domains |= {
            "unfreeze": Choice(0, 10, 20),
            "head_start": "probe",
            "fine_tune_rate": Float(1e-5, 3e-4, log=True),
            "augment": Choice("none", "light"),
        }
    return Space("simulation", "Simulated searches", "anything", None, domains, epochs=30, trials=8)


def simulate(task, size, draw_number, args, pool, folder: Path) -> None:
    """Run one search in a folder, and write the truth beside it."""
    rng = np.random.default_rng([args.seed, size, draw_number, list(TASKS).index(task)])
    _, backbones, image_sizes = TASKS[task]
    dataset = of_classes(pool, PAIRS[draw_number % len(PAIRS)]) if size == 40 else pool
    seed = derive_seed(args.seed, task, size, draw_number)
    split = divide(dataset, size, rng)
    policy = choose_policy(dataset, split)
    folds = assign_folds(dataset, split, policy, seed=seed)
    split = first_slot(split, policy, folds)
    space = space_of(backbones, image_sizes, args.tails)
    images = image_table(dataset, split, folds)
    header = make_header(
        space,
        dataset,
        split,
        policy,
        folds,
        weights={"source": "none" if task == "drawn" else str(args.weights), "digests": {}},
        objective=OBJECTIVES["accuracy"],
        strategy="random",
        limits={"trials": args.trials, "budget_s": None, "epochs": space.epochs},
        seed=seed,
        source=task,
        per_class=None,
        command=None,
    )
    if task == "drawn":
        header = replace(header, weights=replace(header.weights, source="imagenet"))
    started = time.process_time()
    with open_store(folder / "study") as store:
        store.begin(header, images)
        study = Study.from_facts(store.facts)
        task_of_jobs = Task.of(study.header, images, args.cache)
        division = np.ascontiguousarray(images.folds[:, task_of_jobs.pool])
        costs = CostModel(
            space,
            layer_costs_of(backbones, image_sizes[0], task_of_jobs.weights),
            images=len(task_of_jobs.pool),
            classes=len(dataset.classes),
            policy=policy,
            epochs=space.epochs,
        )
        state, strategy = SearchState(study), replayed_strategy(study, space, costs)
        budget = Budget(time.time(), None)
        scheduler = Scheduler(
            state,
            space,
            costs,
            strategy,
            budget,
            epochs=space.epochs,
            baselines="all" if args.tails else "plain",
            on_event=unheard,
        )
        loop = TrialLoop(
            state,
            scheduler,
            strategy,
            task_of_jobs,
            division,
            executor=InProcessExecutor(),
            budget=budget,
            emit=log_to(store, header),
        )
        loop.run(args.trials)
        loop.combine(CostLimits())
        seconds = time.process_time() - started
        found = Study.from_facts(store.facts)
    write_truth(found, task_of_jobs, division, split.test, folder)
    facts = {
        "task": task,
        "size": size,
        "draw": draw_number,
        "cpu_s": seconds,
        "plain": plain_probes(found, task_of_jobs, division, split.test),
        "naive": naive(found, task_of_jobs, division, split.test),
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def layer_costs_of(backbones, size: int, weights: str) -> dict:
    """Return what the layers of each backbone cost, by its name."""
    from transfertune.tuner.training.estimators import cached_base

    return {name: cached_base(name, size, weights).costs for name in backbones}


def write_truth(study, task, folds, held_out, folder: Path) -> None:
    """Retrain every single model, and write what it predicts of the held-out images."""
    development = np.flatnonzero(folds[0] >= 0)
    numbers, predicted = [], []
    for trial in study.candidates:
        if not trial.members:
            seed = derive_seed(study.header.seed, "retrain", trial.number)
            estimator = estimator_of(task, Recipe.from_dict(trial.recipe), seed)
            estimator.refit(development, epochs_to_repeat(study, trial), lambda row: None)
            numbers.append(trial.number)
            predicted.append(estimator.predict(held_out).astype(np.float16))
    np.savez_compressed(
        folder / "truth.npz",
        numbers=np.array(numbers),
        labels=task.labels[held_out],
        probabilities=np.stack(predicted),
    )


def plain_probes(study, task, folds, held_out) -> dict[str, float]:
    """Return the true accuracy of each backbone's probe at the first image size, from the image alone."""
    development, truths = np.flatnonzero(folds[0] >= 0), {}
    for trial in study.candidates:
        recipe = trial.recipe
        if is_probe(trial) and recipe["backbone"] not in truths:  # the first size comes first
            plain = Recipe.from_dict({**recipe, "predict_views": "none"})
            estimator = estimator_of(task, plain, derive_seed(study.header.seed, "plain"))
            estimator.refit(development, [], lambda row: None)
            right = estimator.predict(held_out).argmax(axis=1) == task.labels[held_out]
            truths[recipe["backbone"]] = float(right.mean())
    return truths


def naive(study, task, folds, held_out) -> dict:
    """Return what plain Keras Tuner would claim and hand over: one 80/20 split, best epoch, best trial."""
    rng = np.random.default_rng(study.header.seed)
    development = np.flatnonzero(folds[0] >= 0)
    order = rng.permutation(development)
    by_class = [order[task.labels[order] == c] for c in range(len(task.classes))]
    validation = np.concatenate([mine[: max(1, len(mine) // 5)] for mine in by_class])
    train = np.setdiff1d(development, validation)
    best, labels = {"claim": -1.0}, task.labels[held_out]
    for trial in study.candidates:
        if trial.role != "search":
            continue
        estimator = estimator_of(task, Recipe.from_dict(trial.recipe), trial.fits[0].seed)
        history = estimator.fit(
            train,
            validation,
            epochs=trial.recipe["epochs"],
            state=FitState(),
            deadline=None,
            on_epoch=lambda row: None,
            save=lambda state: None,
        ).history
        top = max(history, key=lambda row: row["val_accuracy"])
        if top["val_accuracy"] > best["claim"]:
            best = {
                "claim": top["val_accuracy"],
                "trial": trial,
                "history": history[: top["epoch"]],
            }
    winner = best["trial"]
    estimator = estimator_of(task, Recipe.from_dict(winner.recipe), winner.fits[0].seed)
    estimator.refit(train, best["history"], lambda row: None)
    right = estimator.predict(held_out).argmax(axis=1) == labels
    return {"claim": best["claim"], "truth": float(right.mean()), "images": len(validation)}


def estimator_of(task, recipe: Recipe, seed: int):
    """Return what learns a recipe."""
    from transfertune.tuner.training.estimators import make_estimator

    return make_estimator(task, recipe, seed, unheard)


def run(args) -> None:
    """Run searches of all cells in turn, until each has enough; what is there already counts."""
    prepare_keras(threads=1)  # several of these run at once
    args.out.mkdir(parents=True, exist_ok=True)
    cells = [c for c in CELLS if c[0] in args.tasks and c[1] in args.sizes]
    pools = {task: pool_of(task, args.data, args.cache) for task, _ in cells}
    for number in range(args.first, args.first + args.searches):
        if number % args.of != args.part:
            continue
        for task, size in cells:
            folder = args.out / f"{task}-{size}-{number}"
            if folder.exists():
                continue
            beside = folder.with_suffix(".part")
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir()
            simulate(task, size, number, args, pools[task], beside)
            beside.rename(folder)
            print(task, size, number, flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run")
    runs.add_argument("--data", type=Path, required=True)
    runs.add_argument("--weights", type=Path, required=True)
    runs.add_argument("--out", type=Path, required=True)
    runs.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "simulation")
    runs.add_argument("--searches", type=int, default=70, help="of each cell")
    runs.add_argument("--first", type=int, default=0)
    runs.add_argument("--part", type=int, default=0, help="of the searches, where several run")
    runs.add_argument("--of", type=int, default=1)
    runs.add_argument("--trials", type=int, default=8)
    runs.add_argument("--seed", type=int, default=1)
    runs.add_argument("--tails", action="store_true", help="also unfreeze last layers")
    runs.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    runs.add_argument("--sizes", nargs="+", type=int, default=[40, 100, 500, 1000])
    tables = commands.add_parser("table")
    tables.add_argument("folder", type=Path)
    args = parser.parse_args()
    if args.command == "run":
        run(args)
    else:
        from ranking_figures import print_tables

        print_tables(args.folder, sys.stdout)


if __name__ == "__main__":
    main()
