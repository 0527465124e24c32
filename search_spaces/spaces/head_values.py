"""What the spaces share: the head and training values that pay on small data.

Long enough training, L2 and patience are here because on small data they matter more than the width of a layer.
"""

from ..domains import Choice, Domain, Float, Value

HEAD: dict[str, Domain | Value] = {
    "dense": Choice("none", "64", "128", "256", "256-128"),
    "dropout": Float(0.0, 0.6),
    "l2": Choice(0.0, 1e-4, 1e-3, 1e-2),
    "learning_rate": Float(1e-4, 1e-2, log=True),
    "patience": 10,
}
