"""Part of CIFAR-10: three small networks from scratch against a frozen MobileNetV2, accuracy against time.

As published: one, three and four convolutions, the last with dropout and L2, at 32 pixels; MobileNetV2 at 224. The
widths of layers, the shares of dropout and the penalty were not published. Augmentation, early stopping and a search
instead of one change at a time were wished for.
"""

from ..domains import Choice, Float, Value
from ..space import Space

_CNN: dict[str, Value] = {
    "backbone": "plain_cnn",
    "pooling": "flatten",
    "dense": "64",
    "learning_rate": 1e-3,
}

SPACE = Space(
    name="cifar10_cnns",
    title="Three small networks from scratch against a frozen MobileNetV2",
    expects="ten classes or so of small images (32 pixels), 200 to 1,000 each",
    data="cifar10_10000",
    domains={
        "backbone": Choice("plain_cnn", "mobilenet_v2"),
        "depth": Choice(1, 3, 4),
        "width": Choice(16, 32, 64),
        "conv_dropout": Choice(0.0, 0.25),
        "pooling": Choice("gap", "flatten"),
        "dense": Choice("none", "64", "128"),
        "dropout": Choice(0.0, 0.25, 0.5),
        "l2": Choice(0.0, 1e-4, 1e-3),
        "learning_rate": Float(3e-4, 3e-3, log=True),
        "augment": Choice("none", "light"),
        "patience": 5,
    },
    epochs=20,
    trials=30,
    runs=(
        {**_CNN, "depth": 1},
        {**_CNN, "depth": 3},
        {**_CNN, "depth": 4, "conv_dropout": 0.25, "dropout": 0.5, "l2": 1e-3},
        {"backbone": "mobilenet_v2", "pooling": "gap", "dense": "none", "learning_rate": 1e-3},
    ),
)
