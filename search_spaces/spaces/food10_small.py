"""Ten kinds of food, about 100 images each: which backbone and head, and whether the last layers pay."""

from ..domains import Choice, Float
from ..space import Space
from .head_values import HEAD

SPACE = Space(
    name="food10_small",
    title="Ten kinds of food, 75 training images each",
    expects="5 to 20 classes, 50 to 200 images each, shorter side 200 pixels or more",
    data="food10_small",
    domains={
        **HEAD,
        "backbone": Choice("mobilenet_v2", "mobilenet_v2_035"),
        "image_size": Choice("native", "large"),
        "predict_views": "mirror",
        "batch_size": Choice(16, 32, 64),
        "unfreeze": Choice(0, 20),
        "head_start": Choice("probe", "random"),
        "head_epochs": 8,
        "fine_tune_rate": Float(1e-5, 3e-4, log=True),
        "augment": Choice("none", "light"),
    },
    epochs=40,
    trials=20,
)
