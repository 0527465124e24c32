"""Food-101 with three frozen backbones, then with one of them unfrozen step by step.

As published: two layers of 256 units; InceptionResNetV2, MobileNetV3Small and NASNetMobile at Adam 1e-3, stopped after
5 epochs without a lower validation loss; then a MobileNetV3Small that keeps its ImageNet classes as features, its last
5, 10, 20, 30, 40, 50 and all layers trained at 1e-4 with a falling rate, stopped after 10. Keras 2 counted those; the
same weights are the last 3, 6, 13, 18, 25, 33 and all layers of today. Other heads and finer steps were wished for.
"""

from ..domains import Choice, Float, Value
from ..space import Space

_FROZEN: dict[str, Value] = {
    "dense": "256-256",
    "learning_rate": 1e-3,
    "patience": 5,
    "plateau_patience": 0,
}
_UNFROZEN: dict[str, Value] = {
    "backbone": "mobilenet_v3_small_1000",
    "dense": "256-256",
    "dropout": 0.0,
    "learning_rate": 1e-4,
}
_DEPTHS = ("all", 33, 25, 18, 13, 6, 3)

SPACE = Space(
    name="food101_unfreezing",
    title="Three frozen backbones, then how much of one to unfreeze",
    expects="about 100 classes, 100 to 1,000 images each, shorter side 200 pixels or more",
    data="food101",
    domains={
        "backbone": Choice(
            "inception_resnet_v2",
            "mobilenet_v3_small",
            "nasnet_mobile",
            "mobilenet_v3_small_1000",
        ),
        "dense": Choice("none", "256", "256-256"),
        "dropout": Float(0.0, 0.5),
        "learning_rate": Float(3e-5, 3e-3, log=True),
        "unfreeze": Choice(0, *reversed(_DEPTHS)),
        "patience": 10,
        "plateau_patience": 5,
        "plateau_factor": 0.2,
        "min_learning_rate": 1e-8,
    },
    epochs=60,
    trials=30,
    runs=(
        *({**_FROZEN, "backbone": name} for name in ("inception_resnet_v2", "mobilenet_v3_small")),
        {**_FROZEN, "backbone": "nasnet_mobile"},
        *({**_UNFROZEN, "unfreeze": depth} for depth in _DEPTHS),
    ),
)
