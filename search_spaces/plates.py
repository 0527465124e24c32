"""Forty plates, clean or dirty: pooling, steps an epoch, batch, rate, patience and the last layers.

The search that was once done by hand on 40 training pictures, one value at a time and one seed each; most of what such
a search shows is noise, so expect wide intervals here.
"""

from .domains import Choice, Float
from .head_values import HEAD
from .space import Space

SPACE = Space(
    name="plates",
    title="A few dozen pictures of two classes",
    expects="20 to 500 pictures, two or a few classes, shorter side 200 pixels or more",
    data=None,
    domains={
        **HEAD,
        "backbone": Choice("mobilenet_v2", "resnet50", "inception_resnet_v2"),
        "pooling": Choice("gap", "flatten"),
        "dense": Choice("none", "64", "128"),
        "batch_size": Choice(8, 16, 32),
        "steps_per_epoch": Choice("full", 7, 20),
        "unfreeze": Choice(0, 10),
        "head_epochs": 5,
        "fine_tune_rate": Float(1e-5, 3e-4, log=True),
        "plateau_patience": 5,
    },
    epochs=50,
    trials=20,
)
