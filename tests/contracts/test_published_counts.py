"""The published architectures have the published numbers of parameters, exactly.

Two published systems state their counts: Food-101 with MobileNetV3Large (a frozen stage, then the last layers), and
with MobileNetV3Small, whose ImageNet classes are the features, unfrozen layer by layer. Their "last n layers" were
counted by Keras 2, which lists more of them; the spaces state the depth of today that unfreezes the same weights.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from transfertune.search_spaces import Recipe, load_space

LARGE = {"total": 3_288_293, "trainable": 1_089_301, "non-trainable": 2_198_992}
SMALL_BASE, SMALL_HEAD, SMALL = 2_554_968, 348_005, 2_902_973
# Published last layers: today's last layers, trainable and non-trainable parameters.
SWEEP = {
    "all": ("all", 2_890_861, 12_112),
    50: (33, 2_536_493, 366_480),
    40: (25, 2_314_397, 588_576),
    30: (18, 2_242_397, 660_576),
    20: (13, 2_075_789, 827_184),
    10: (6, 1_963_853, 939_120),
    5: (3, 1_373_005, 1_529_968),
}
CLASSES = 101
DOCUMENT = Path(__file__).parents[2] / "docs" / "systems.md"


@pytest.fixture(scope="module")
def count(task):
    """Count the parameters of a recipe's classifier of 101 classes at its published size, with random weights."""
    from functools import cache

    from transfertune.tuner.backbones.backbone import build_base
    from transfertune.tuner.training.network import build_network

    cached_base = cache(build_base)

    def counted(recipe: Recipe) -> dict[str, int]:
        base = cached_base(recipe.backbone, recipe.image_size, "none")
        network = build_network(recipe, base, CLASSES, 0)
        total = base.network.count_params() + network.head.count_params()
        trainable = sum(int(np.prod(w.shape)) for w in network.whole.trainable_weights)
        return {"total": total, "trainable": trainable, "non-trainable": total - trainable}

    return counted


def runs_of(name: str) -> list[Recipe]:
    """Return the recipes of a space's own runs."""
    space = load_space(name)
    return [space.recipe(run) for run in space.listed()]


def test_mobilenet_v3_large_with_its_last_layers(count):
    """Averaged, 256, 128 and 101 units; the last 22 layers of Keras 2 are the last 15 of today."""
    frozen, tuned = runs_of("food101_mobilenet_v3_large")
    assert tuned.unfreeze == 15
    assert count(tuned) == LARGE
    assert count(frozen)["total"] == LARGE["total"]
    assert count(frozen)["trainable"] == (960 + 1) * 256 + (256 + 1) * 128 + (128 + 1) * CLASSES


@pytest.mark.parametrize("published", SWEEP)
def test_mobilenet_v3_small_with_its_classes_as_features(count, published):
    """Base, head, total, and what each step of the published sweep trained and did not."""
    unfreeze, trainable, non_trainable = SWEEP[published]
    runs = {r.unfreeze: r for r in runs_of("food101_unfreezing") if r.backbone.endswith("_1000")}
    assert set(runs) == {today for today, _, _ in SWEEP.values()}
    expected = {"total": SMALL, "trainable": trainable, "non-trainable": non_trainable}
    assert count(runs[unfreeze]) == expected
    frozen = count(replace(runs[unfreeze], unfreeze=0))
    assert frozen["trainable"] == SMALL_HEAD
    assert frozen["non-trainable"] == SMALL_BASE
    assert SMALL_BASE + SMALL_HEAD == SMALL


def test_the_document_has_the_same_counts():
    """The page for readers shows what is held here."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"| 22 | 15 | {LARGE['trainable']:,} | {LARGE['non-trainable']:,} |" in text
    for published, (today, *counts) in SWEEP.items():
        assert f"| {published} | {today} | {counts[0]:,} | {counts[1]:,} |" in text
