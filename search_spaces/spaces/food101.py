"""Food-101 as published: 101 kinds of food, official test list, mobile and large backbones."""

from ..domains import Choice, Float
from ..space import Space
from .head_values import HEAD

SPACE = Space(
    name="food101",
    title="101 kinds of food, up to 750 training images each",
    expects="about 100 classes, 100 to 1,000 images each, shorter side 200 pixels or more",
    data="food101",
    domains={
        **HEAD,
        "backbone": Choice(
            "mobilenet_v3_small", "mobilenet_v3_large", "nasnet_mobile", "inception_resnet_v2"
        ),
        "dense": Choice("none", "256", "256-128", "256-256"),
        "batch_size": Choice(32, 64, 128),
        "unfreeze": Choice(0, 5, 10, 20, 30, 40, 50),
        "head_epochs": 5,
        "fine_tune_rate": Float(1e-5, 3e-4, log=True),
        "augment": Choice("none", "light"),
        "patience": 5,
    },
    epochs=20,
    trials=30,
)
