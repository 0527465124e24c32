"""The plain classifiers that come first: which ones, on what, and as the space has everything else."""

from __future__ import annotations

import pytest

from transfertune.search_spaces import Choice, Recipe
from transfertune.tuner.scheduling.baselines import fine_tuned_baseline, plain_baselines


def test_every_pretrained_backbone_has_two(new_space):
    """A probe and neighbours for each backbone that is not trained from scratch; the most frequent class once."""
    space = new_space(backbone=Choice("drawn_net", "mobilenet_v2_035", "plain_cnn"))
    recipes = plain_baselines(space, 30)
    assert [(recipe.classifier, recipe.backbone) for recipe in recipes] == [
        ("logistic", "drawn_net"),
        ("neighbours", "drawn_net"),
        ("logistic", "mobilenet_v2_035"),
        ("neighbours", "mobilenet_v2_035"),
        ("most_frequent", "drawn_net"),
    ]
    assert all(recipe.unfrozen == 0 for recipe in recipes)


def test_every_image_size_has_a_probe(new_space):
    """The other sizes come after the first one of every backbone, each with a probe alone."""
    sizes = Choice("native", "large")
    space = new_space(backbone=Choice("drawn_net", "mobilenet_v2_035"), image_size=sizes)
    recipes = plain_baselines(space, 30)
    assert [(recipe.classifier, recipe.image_size) for recipe in recipes] == [
        ("logistic", 64),
        ("neighbours", 64),
        ("logistic", 224),
        ("neighbours", 224),
        ("logistic", 96),
        ("logistic", 320),
        ("most_frequent", 64),
    ]


def test_a_space_from_scratch_has_one(new_space):
    """Without a pretrained backbone there are no features to stand on: the most frequent class is all."""
    (recipe,) = plain_baselines(new_space(backbone="plain_cnn"), 30)
    assert (recipe.classifier, recipe.backbone) == ("most_frequent", "plain_cnn")


def test_images_are_seen_as_the_space_sees_them(new_space):
    """Size, resizing and class weights are the space's, the first where it has several; nothing else is."""
    space = new_space(image_size=Choice(48, 32), resize="stretch", class_weight="balanced")
    probe, *_ = plain_baselines(space, 30)
    assert (probe.image_size, probe.resize, probe.class_weight) == (48, "stretch", "balanced")
    assert (probe.pooling, probe.probe_l2) == ("gap", "cv")


@pytest.mark.parametrize(("epochs", "expected"), [(3, 3), (80, 12)])
def test_fine_tuning_is_one_fixed_recipe(new_space, epochs, expected):
    """From the probe, the last layers at a low rate, for few epochs and never more than the search's."""
    space = new_space(image_size=Choice(48, 32))
    recipe = fine_tuned_baseline(space, "drawn_net", epochs)
    assert (recipe.backbone, recipe.image_size) == ("drawn_net", 48)
    assert (recipe.head_start, recipe.fine_tune_rate, recipe.dense) == ("probe", 1e-4, "none")
    assert recipe.epochs == expected
    assert recipe.unfreeze > 0
    assert recipe == Recipe.from_dict(recipe.as_dict())


@pytest.mark.slow
def test_the_backbone_with_the_best_probe_is_fine_tuned(run_search, new_space, tmp_path):
    """One at the end of the baselines, on the backbone whose probe had the lowest loss."""
    space = new_space(backbone=Choice("drawn_net", "mobilenet_v2_035"), dense="none")
    study = run_search(tmp_path / "study", space, weights="none", trials=1, epochs=1)
    probes = [t for t in study.trials if t.recipe["classifier"] == "logistic"]
    tuned = [t for t in study.trials if t.recipe.get("head_start") == "probe"]
    assert len(probes) == 2
    assert [t.number for t in tuned] == [6]
    best = min(probes, key=lambda trial: trial.loss)
    assert tuned[0].recipe["backbone"] == best.recipe["backbone"]
