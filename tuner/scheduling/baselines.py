"""Plain classifiers that every search runs first, and that it has to beat.

The most frequent class, nearest neighbours on each backbone's frozen features, a logistic probe on them at each image
size, and one fixed fine-tuning recipe of common practice: the probe first, then the last layers at a low rate (Kumar et
al., ICLR 2022).
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
}
_UNFREEZE = 20
_FINE_TUNED_EPOCHS = 12


def plain_baselines(space: Space, epochs: int) -> list[Recipe]:
    """Return the baselines on frozen features.

    They are a probe and neighbours for each pretrained backbone, then a probe for each further image size of each
    backbone, and one that ignores the features. A probe comes first, so that a short budget has something to recommend.
    """
    backbones = _pretrained(space)
    first = (backbones or space.backbones)[0]
    recipes = []
    for backbone in backbones:
        recipes += [
            _recipe(space, backbone, {"classifier": kind}, epochs)
            for kind in ("logistic", "neighbours")
        ]
    for size in _sizes(space)[1:]:
        recipes += [
            _recipe(space, backbone, {"classifier": "logistic", "image_size": size}, epochs)
            for backbone in backbones
        ]
    recipes.append(_recipe(space, first, {"classifier": "most_frequent"}, epochs))
    return list(dict.fromkeys(recipes))


def fine_tuned_baseline(space: Space, backbone: str, epochs: int) -> Recipe:
    """Return the fixed fine-tuning recipe on a backbone, at the first image size."""
    unfreeze = min(_UNFREEZE, BACKBONES[backbone].layers // 2)
    values = {**_FINE_TUNED, "unfreeze": unfreeze}
    return _recipe(space, backbone, values, min(epochs, _FINE_TUNED_EPOCHS))


def _recipe(space: Space, backbone: str, values: dict[str, Any], epochs: int) -> Recipe:
    """Everything but the classifier is as the space has it, or the first of its choices."""
    names = ("image_size", "resize", "predict_views", "class_weight")
    kept = {name: _first(space, name) for name in names}
    return Recipe.from_values({**kept, "backbone": backbone, **values}, epochs=epochs)


def _pretrained(space: Space) -> list[str]:
    return [name for name in space.backbones if not BACKBONES[name].from_scratch]


def _sizes(space: Space) -> tuple[Any, ...]:
    """Return the image sizes that a search may choose, a range's smallest alone."""
    domain = space.domain("image_size")
    return domain.values if isinstance(domain, Choice) else (domain.low,)


def _first(space: Space, name: str) -> Any:
    domain = space.domain(name)
    return domain.values[0] if isinstance(domain, Choice) else domain.low
