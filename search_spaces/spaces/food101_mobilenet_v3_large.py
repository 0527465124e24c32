"""Food-101 with MobileNetV3Large: a frozen stage, then the last layers at a lower rate.

As published: average pooling, 256, 128 and 101 units, and the last 22 layers unfrozen. Keras 2 counted those; the same
weights (1,089,301 trained of 3,288,293) are the last 15 layers of today. From 2 to about 25 were tried. Learning rates
were not published; those of the runs are Keras's default and a tenth of it. Dropout was wished for.
"""

from ..domains import Choice, Float, Value
from ..space import Space

_HEAD: dict[str, Value] = {"dense": "256-128", "learning_rate": 1e-3}

SPACE = Space(
    name="food101_mobilenet_v3_large",
    title="MobileNetV3Large, a frozen stage and then its last layers",
    expects="about 100 classes, 100 to 1,000 images each, shorter side 200 pixels or more",
    data="food101",
    domains={
        "backbone": "mobilenet_v3_large",
        "dense": Choice("none", "256", "256-128"),
        "dropout": Float(0.0, 0.5),
        "learning_rate": Float(3e-4, 3e-3, log=True),
        "unfreeze": Choice(0, 2, 5, 10, 15),
        "head_epochs": 5,
        "fine_tune_rate": Float(1e-5, 3e-4, log=True),
        "patience": 5,
    },
    epochs=30,
    trials=20,
    runs=(
        {**_HEAD, "unfreeze": 0},
        {**_HEAD, "unfreeze": 15, "fine_tune_rate": 1e-4},
    ),
)
