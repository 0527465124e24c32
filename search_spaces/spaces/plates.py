"""Forty plates, clean or dirty: pooling, steps an epoch, batch, rate, patience and the last layers.

The search that was once done by hand on 40 training images, one value at a time and one seed each; most of what such
a search shows is noise, so expect wide intervals here. The runs are what was tried, but for the number of epochs, which
early stopping decides.
"""

from ..domains import Choice, Float, Value
from ..space import Space
from .head_values import HEAD

_FLAT: dict[str, Value] = {
    "backbone": "inception_resnet_v2",
    "pooling": "flatten",
    "dense": "none",
    "dropout": 0.0,
    "l2": 0.0,
    "learning_rate": 1e-4,
    "batch_size": 32,
    "steps_per_epoch": 100,
}
_POOLED: dict[str, Value] = {**_FLAT, "backbone": "resnet50", "pooling": "gap"}

SPACE = Space(
    name="plates",
    title="A few dozen images of two classes",
    expects="20 to 500 images, two or a few classes, shorter side 200 pixels or more",
    data=None,
    domains={
        **HEAD,
        "backbone": Choice("mobilenet_v2", "resnet50", "inception_resnet_v2"),
        "image_size": Choice("native", "large"),
        "predict_views": "mirror",
        "pooling": Choice("gap", "flatten"),
        "dense": Choice("none", "64", "128"),
        "batch_size": Choice(8, 16, 32),
        "steps_per_epoch": Choice("full", 7, 20),
        "unfreeze": Choice(0, 10),
        "head_epochs": 5,
        "fine_tune_rate": Float(1e-5, 3e-4, log=True),
        "plateau_patience": 5,
        "plateau_factor": 0.5,
        "min_learning_rate": 1e-6,
    },
    epochs=50,
    trials=20,
    runs=(
        _FLAT,
        {**_FLAT, "batch_size": 16},
        {**_FLAT, "batch_size": 64},
        {**_FLAT, "learning_rate": 5e-3},
        {**_FLAT, "patience": 5},
        {**_FLAT, "patience": 15},
        {**_FLAT, "steps_per_epoch": 50},
        {**_FLAT, "steps_per_epoch": 150},
        _POOLED,
        {**_POOLED, "steps_per_epoch": 7},
        {**_POOLED, "steps_per_epoch": 7, "unfreeze": 10, "head_epochs": 0},
    ),
)
