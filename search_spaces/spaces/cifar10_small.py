"""A small part of CIFAR-10: tiny images, enlarged for a mobile backbone."""

from ..domains import Choice, Float
from ..space import Space
from .head_values import HEAD

SPACE = Space(
    name="cifar10_small",
    title="CIFAR-10, 200 training images a class",
    expects="ten classes or so of small images (32 pixels), 100 to 1,000 each",
    data="cifar10_small",
    domains={
        **HEAD,
        "backbone": Choice("mobilenet_v2", "mobilenet_v2_035"),
        "image_size": Choice(96, 160),
        "predict_views": "mirror",
        "batch_size": Choice(32, 64),
        "unfreeze": Choice(0, 20),
        "head_start": Choice("probe", "random"),
        "head_epochs": 5,
        "fine_tune_rate": Float(1e-5, 3e-4, log=True),
        "augment": Choice("none", "light"),
    },
    epochs=30,
    trials=20,
)
