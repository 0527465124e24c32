"""The backbones: one row each, with whatever must agree with its weights.

A row names a Keras builder and its arguments, the size it was trained at and the smallest it takes, and how pixels
0..255 become its input; `tuner.backbone` builds from it, with the preprocessing inside the model. Adding a backbone is
adding a row.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Backbone:
    """What is known of a backbone without building it.

    `preprocessing` is `"tf"` (pixels to -1..1), `"caffe"` (BGR less the ImageNet mean) or `"inside"` (the network
    scales pixels itself). `image_size` and `smallest` are pixels a side. `weights_file` is the name that
    `--weights DIR` looks for.
    """

    name: str
    builder: str
    image_size: int
    smallest: int
    preprocessing: str
    weights_file: str
    arguments: dict[str, Any] = field(default_factory=dict)
    pretrained_on: str = "ImageNet"


def _application(name, builder, preprocessing, weights_file, *, size=224, smallest=32, **arguments):
    return Backbone(
        name,
        f"keras.applications:{builder}",
        size,
        smallest,
        preprocessing,
        weights_file,
        arguments,
    )


_ROWS = (
    Backbone(
        "drawn_net",
        "transfertune.tuner.drawn_net:DrawnNet",
        64,
        32,
        "tf",
        "drawn_net_64_no_top.weights.h5",
        pretrained_on="drawn pictures",
    ),
    _application("efficientnet_b0", "EfficientNetB0", "inside", "efficientnetb0_notop.weights.h5"),
    _application(
        "efficientnet_v2_b0",
        "EfficientNetV2B0",
        "inside",
        "efficientnetv2-b0_notop.weights.h5",
    ),
    _application(
        "inception_resnet_v2",
        "InceptionResNetV2",
        "tf",
        "inception_resnet_v2_no_top.weights.h5",
        size=299,
        smallest=75,
    ),
    _application(
        "mobilenet_v2",
        "MobileNetV2",
        "tf",
        "mobilenet_v2_1.0_224_no_top.weights.h5",
        alpha=1.0,
    ),
    _application(
        "mobilenet_v2_035",
        "MobileNetV2",
        "tf",
        "mobilenet_v2_0.35_224_no_top.weights.h5",
        alpha=0.35,
    ),
    _application(
        "mobilenet_v3_large",
        "MobileNetV3Large",
        "inside",
        "mobilenet_v3_large_1.0_224_no_top.weights.h5",
    ),
    _application(
        "mobilenet_v3_small",
        "MobileNetV3Small",
        "inside",
        "mobilenet_v3_small_1.0_224_no_top.weights.h5",
    ),
    _application("nasnet_mobile", "NASNetMobile", "tf", "nasnet_mobile_no_top.weights.h5"),
    _application("resnet50", "ResNet50", "caffe", "resnet50_no_top.weights.h5"),
)

BACKBONES: dict[str, Backbone] = {row.name: row for row in _ROWS}
