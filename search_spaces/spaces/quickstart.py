"""First steps: drawn shapes and a small backbone of the project's own; no network, data or weights needed."""

from ..domains import Choice, Float
from ..space import Space

SPACE = Space(
    name="quickstart",
    title="Drawn shapes with a small backbone pretrained on other drawn shapes",
    expects="anything small; made for the embedded drawings, 64 pixels a side",
    data="drawn",
    domains={
        "backbone": "drawn_net",
        "image_size": Choice("native", "large"),
        "predict_views": "mirror",
        "pooling": Choice("gap", "flatten"),
        "dense": Choice("none", "32", "64"),
        "dropout": Float(0.0, 0.5),
        "l2": Choice(0.0, 1e-4, 1e-3),
        "learning_rate": Float(3e-4, 3e-2, log=True),
        "batch_size": Choice(16, 32),
        "patience": 8,
    },
    epochs=30,
    trials=12,
)
