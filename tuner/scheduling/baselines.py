"""Plain classifiers that every search runs first, and that it has to beat.

The most frequent class, nearest neighbours and a logistic probe on each backbone's frozen features, and one fixed
fine-tuning recipe of common practice: the probe first, then the last layers at a low rate (Kumar et al., ICLR 2022).
"""

from typing import Any

from ...search_spaces import BACKBONES, Choice, Recipe, Space

# The last layers that small data is mostly given, and a rate that keeps their features.
_FINE_TUNED = {
    "classifier": "head",
    "dense": "none",
    "dropout": 0.0,
    "head_start": "probe",
    "fine_tune_rate": 1e-4,
    "batch_size": 16,
    "patience": 4,
    "augment": "light",
    "views": 4,
}
_UNFREEZE = 20
_FINE_TUNED_EPOCHS = 12


def plain_baselines(space: Space, epochs: int) -> list[Recipe]:
    """Return the baselines on frozen features: one that ignores them, and two for each pretrained backbone."""
    backbones = _pretrained(space)
    first = (backbones or space.backbones)[0]
    recipes = [_recipe(space, first, {"classifier": "most_frequent"}, epochs)]
    for backbone in backbones:
        recipes += [
            _recipe(space, backbone, {"classifier": kind}, epochs)
            for kind in ("neighbours", "logistic")
        ]
    return recipes


def fine_tuned_baseline(space: Space, backbone: str, epochs: int) -> Recipe:
    """Return the fixed fine-tuning recipe on a backbone."""
    unfreeze = min(_UNFREEZE, BACKBONES[backbone].layers // 2)
    values = {**_FINE_TUNED, "unfreeze": unfreeze}
    return _recipe(space, backbone, values, min(epochs, _FINE_TUNED_EPOCHS))


def _recipe(space: Space, backbone: str, values: dict[str, Any], epochs: int) -> Recipe:
    """Everything but the classifier is as the space has it, or the first of its choices."""
    kept = {name: _first(space, name) for name in ("image_size", "resize", "class_weight")}
    return Recipe.from_values({**kept, "backbone": backbone, **values}, epochs=epochs)


def _pretrained(space: Space) -> list[str]:
    return [name for name in space.backbones if not BACKBONES[name].from_scratch]


def _first(space: Space, name: str) -> Any:
    domain = space.domain(name)
    return domain.values[0] if isinstance(domain, Choice) else domain.low
