"""How often intervals of scores hold the truth, for every objective, on drawn features.

    python tests/benchmarks/score_intervals.py --draws 200 --searches 60

No images and no weights are needed. It prints a table for fixed classifiers, whose interval is that of a test score,
and one for searches of five logistic models in five folds, whose interval is that of the expected score. The truth is
the score on 20,000 further images.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from transfertune.reports import OBJECTIVES, criterion_of
from transfertune.reports.ranking.intervals import wilson
from transfertune.reports.ranking.out_of_fold import OutOfFold, image_losses, image_weights
from transfertune.reports.ranking.selection import Rule
from transfertune.reports.ranking.selection_bias import expected_score
from transfertune.reports.ranking.uncertainty.chance import beat_chance
from transfertune.reports.ranking.uncertainty.score_noise import Predicted, ScoreNoise
from transfertune.reports.ranking.uncertainty.scored_rows import ScoredRows

NAMES = ("accuracy", "balanced_accuracy", "macro_f1", "auc")
SHARES = ((0.9, 0.1), (0.5, 0.5), (0.6, 0.25, 0.15))
SIZES = {(0.9, 0.1): 100, (0.5, 0.5): 60, (0.6, 0.25, 0.15): 150}
SIGNALS = (0.0, 0.5, 1.5)
MODELS = ((0.01, None), (0.1, None), (1.0, None), (0.1, "balanced"), (10.0, "balanced"))
FEATURES, FOLDS, TRUTH = 20, 5, 20_000


def objectives(classes: int) -> list[str]:
    """Return the names of the objectives that are made for so many classes."""
    return [name for name in NAMES if name != "auc" or classes == 2]


def draw_labels(rng, images: int, shares: tuple[float, ...], least: int) -> np.ndarray:
    """Return labels in these shares with at least so many images of each class."""
    while True:
        labels = rng.choice(len(shares), images, p=shares)
        if np.bincount(labels, minlength=len(shares)).min() >= least:
            return labels


def once(labels: np.ndarray) -> np.ndarray:
    """Return the repeats of predictions that were made once."""
    return np.zeros(len(labels), np.int16)


def fixed(draws: int) -> None:
    """Print how often the interval of a fixed classifier's score holds the truth."""
    print("| shares | images | apart |", *(f" {name} |" for name in NAMES))
    print("| --- |", "---: |" * (2 + len(NAMES)))
    for shares in SHARES:
        for images in (40, 100, 400):
            for apart in (0.7, 1.5, 3.0):
                cells = [fixed_cell(name, shares, images, apart, draws) for name in NAMES]
                print(f"| {shares} | {images} | {apart} |", *(f" {c} |" for c in cells), flush=True)


def fixed_cell(name: str, shares, images: int, apart: float, draws: int) -> str:
    """Return the share of draws whose interval holds the truth."""
    if name not in objectives(len(shares)):
        return ""

    def predict(rng, count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = draw_labels(rng, count, shares, 1)
        seen = rng.standard_normal((count, len(shares))) + apart * np.eye(len(shares))[labels]
        odds = np.exp(apart * seen) * np.array(shares)
        return labels, odds / odds.sum(axis=1, keepdims=True)

    rng, objective = np.random.default_rng(1), OBJECTIVES[name]
    truth, held = objective.score(*predict(rng, 10 * TRUTH)), []
    for seed in range(draws):
        labels, probabilities = predict(rng, images)
        noise = ScoreNoise(objective, images, seed=seed)
        found = Predicted(np.arange(images), labels, probabilities, once(labels))
        score, effective = objective.score(labels, probabilities), noise.effective_images(found)
        low, high = wilson(score, effective)
        held.append(low <= truth <= high)
    return f"{100 * np.mean(held):.0f} %"


def searches(count: int) -> None:
    """Print how well the expected score and its interval meet the truth, and how often chance counts as beaten."""
    print(
        "| shares | images | signal | objective | holds | expected - truth | best - truth | beaten |"
    )
    print("| --- | ---: | ---: | --- |", "---: |" * 4)
    for shares in SHARES:
        for signal in SIGNALS:
            runs = [search(shares, SIZES[shares], signal, seed) for seed in range(count)]
            for name in objectives(len(shares)):
                held, bias, naive, beaten = np.mean([run[name] for run in runs], axis=0)
                print(
                    f"| {shares} | {SIZES[shares]} | {signal} | {name} | {100 * held:.0f} % | "
                    f"{bias:+.3f} | {naive:+.3f} | {100 * beaten:.0f} % |",
                    flush=True,
                )


def search(shares, images: int, signal: float, seed: int) -> dict[str, tuple[float, ...]]:
    """Return of each objective: holds, expected minus truth, best minus truth, and whether chance counts as beaten."""
    rng = np.random.default_rng([seed, images, int(10 * signal)])
    means = rng.standard_normal((len(shares), FEATURES)) * 2 / np.sqrt(FEATURES)
    labels = draw_labels(rng, images, shares, FOLDS)
    true_labels = draw_labels(rng, TRUTH, shares, FOLDS)
    features, true_features = (
        rng.standard_normal((len(y), FEATURES)) + signal * means[y] for y in (labels, true_labels)
    )
    models = [LogisticRegression(C=c, class_weight=w, max_iter=200) for c, w in MODELS]
    predicted = np.zeros((len(models), images, len(shares)))
    parts = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(features, labels)
    for train, validation in parts:
        for row, model in enumerate(models):
            fitted = model.fit(features[train], labels[train])
            predicted[row, validation] = fitted.predict_proba(features[validation])
    true = [model.fit(features, labels).predict_proba(true_features) for model in models]
    return {
        name: judged(name, labels, predicted, true_labels, true) for name in objectives(len(shares))
    }


def judged(name: str, labels, predicted, true_labels, true) -> tuple[float, ...]:
    """Return what the ranking's rules make of some predictions, beside the truth."""
    objective, criterion = OBJECTIVES[name], criterion_of(name, many_images=False)
    weights, images = image_weights(labels, criterion), np.arange(len(labels))
    losses = np.array([image_losses(labels, p, criterion) * weights for p in predicted])
    correct = (predicted.argmax(axis=2) == labels).astype(float)
    numbers, inflation = tuple(range(len(predicted))), 1 + FOLDS / (FOLDS - 1)
    found = OutOfFold(numbers, images, labels, losses, correct, weights, criterion)

    def read(row: int) -> dict[str, np.ndarray]:
        arrays = {"indices": images, "labels": labels, "probabilities": predicted[row]}
        return {**arrays, "repeats": once(labels)}

    scored = ScoredRows(objective, found, read, inflation)
    rows = len(numbers)
    rule = Rule(
        found, np.ones(rows, bool), np.arange(rows, dtype=float), 1, inflation, np.zeros(rows)
    )
    winner = int(rule.choose(np.ones((1, len(labels)))).winner[0])
    expected = expected_score(rule, winner, scored)
    truths = [objective.score(true_labels, p) for p in true]
    best = max(numbers, key=lambda row: objective.score(labels, predicted[row]))
    models = [scored.predicted(row) for row in numbers]
    beaten = beat_chance(objective, labels, models, inflation=inflation).any()
    low, high = expected.interval
    return (
        low <= truths[winner] <= high,
        expected.score - truths[winner],
        objective.score(labels, predicted[best]) - truths[best],
        beaten,
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--searches", type=int, default=60)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    fixed(args.draws)
    print()
    searches(args.searches)


if __name__ == "__main__":
    main()
