"""The plain classifiers that come first: which ones, on what, and as the space has everything else."""

from __future__ import annotations

import pytest

from transfertune.search_spaces import Choice, Recipe
from transfertune.tuner.baselines import costly_baselines, plain_baselines


def test_every_pretrained_backbone_has_two(new_space):
    """The most frequent class once; neighbours and a probe for each backbone that is not trained from scratch."""
    space = new_space(backbone=Choice("drawn_net", "mobilenet_v2_035", "plain_cnn"))
    recipes = plain_baselines(space, 30)
    assert [(recipe.classifier, recipe.backbone) for recipe in recipes] == [
        ("most_frequent", "drawn_net"),
        ("neighbours", "drawn_net"),
        ("logistic", "drawn_net"),
        ("neighbours", "mobilenet_v2_035"),
        ("logistic", "mobilenet_v2_035"),
    ]
    assert all(recipe.unfrozen == 0 for recipe in recipes)


def test_a_space_from_scratch_has_one(new_space):
    """Without a pretrained backbone there are no features to stand on: the most frequent class is all."""
    (recipe,) = plain_baselines(new_space(backbone="plain_cnn"), 30)
    assert (recipe.classifier, recipe.backbone) == ("most_frequent", "plain_cnn")


def test_pictures_are_seen_as_the_space_sees_them(new_space):
    """Size, resizing and class weights are the space's, the first where it has several; nothing else is."""
    space = new_space(image_size=Choice(48, 32), resize="stretch", class_weight="balanced")
    *_, probe = plain_baselines(space, 30)
    assert (probe.image_size, probe.resize, probe.class_weight) == (48, "stretch", "balanced")
    assert (probe.pooling, probe.probe_l2) == ("gap", "cv")


@pytest.mark.parametrize(("epochs", "expected"), [(3, 3), (80, 12)])
def test_what_is_augmented_is_fixed(new_space, epochs, expected):
    """A probe with views; from a probe the last layers at a low rate, for few epochs, never more than the search's."""
    probe, tuned = costly_baselines(new_space(), "drawn_net", epochs)
    assert (probe.classifier, probe.augment, probe.views) == ("logistic", "light+crop", 4)
    assert (tuned.head_start, tuned.fine_tune_rate, tuned.dense) == ("probe", 1e-4, "none")
    assert tuned.epochs == expected
    assert tuned.unfreeze > 0
    assert [Recipe.from_dict(recipe.as_dict()) for recipe in (probe, tuned)] == [probe, tuned]


def test_the_backbone_with_the_best_probe_gets_the_costly_ones(run_search, new_space, tmp_path):
    """One at the end of the baselines, on the backbone whose probe had the lowest loss."""
    space = new_space(backbone=Choice("drawn_net", "mobilenet_v2_035"), dense="none")
    study = run_search(tmp_path / "study", space, weights="none", trials=1, epochs=1)
    probes = [t for t in study.trials if t.recipe["classifier"] == "logistic"]
    plain = [t for t in probes if not t.recipe.get("views")]
    augmented = [t for t in study.trials if t.role == "baseline" and t.recipe.get("views")]
    assert len(plain) == 2
    assert [t.number for t in augmented] == [6, 7]
    best = min(plain, key=lambda trial: trial.loss)
    assert {t.recipe["backbone"] for t in augmented} == {best.recipe["backbone"]}
