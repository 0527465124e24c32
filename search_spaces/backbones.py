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
    scales pixels itself). `image_size` and `smallest` are pixels a side, `layers` is how many can be unfrozen, as Keras
    lists them in `model.layers` without the input. `weights_files` are the names
    that `--weights DIR` looks for: this project's, then the one that Keras gives its download.
    """

    name: str
    builder: str
    image_size: int
    smallest: int
    layers: int
    preprocessing: str
    weights_files: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)
    pretrained_on: str = "ImageNet"


def _application(
    name, builder, layers, preprocessing, keras_file, *, size=224, smallest=32, **arguments
):
    files = (f"{name}_no_top.weights.h5", keras_file)
    if builder == "MobileNetV2":
        files = (f"mobilenet_v2_{arguments['alpha']}_224_no_top.weights.h5", keras_file)
    return Backbone(
        name,
        f"keras.applications:{builder}",
        size,
        smallest,
        layers,
        preprocessing,
        files,
        arguments,
    )


_TF = "weights_tf_dim_ordering_tf_kernels"
_ROWS = (
    Backbone(
        "drawn_net",
        "transfertune.tuner.drawn_net:DrawnNet",
        64,
        32,
        24,
        "tf",
        ("drawn_net_no_top.weights.h5",),
        pretrained_on="drawn pictures",
    ),
    _application("efficientnet_b0", "EfficientNetB0", 236, "inside", "efficientnetb0_notop.h5"),
    _application(
        "efficientnet_v2_b0", "EfficientNetV2B0", 269, "inside", "efficientnetv2-b0_notop.h5"
    ),
    _application(
        "inception_resnet_v2",
        "InceptionResNetV2",
        779,
        "tf",
        f"inception_resnet_v2_{_TF}_notop.h5",
        size=299,
        smallest=75,
    ),
    _application(
        "mobilenet_v2",
        "MobileNetV2",
        153,
        "tf",
        f"mobilenet_v2_{_TF}_1.0_224_no_top.h5",
        alpha=1.0,
    ),
    _application(
        "mobilenet_v2_035",
        "MobileNetV2",
        153,
        "tf",
        f"mobilenet_v2_{_TF}_0.35_224_no_top.h5",
        alpha=0.35,
    ),
    _application(
        "mobilenet_v3_large",
        "MobileNetV3Large",
        186,
        "inside",
        "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
    ),
    _application(
        "mobilenet_v3_small",
        "MobileNetV3Small",
        156,
        "inside",
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
    ),
    _application("nasnet_mobile", "NASNetMobile", 768, "tf", "nasnet_mobile_no_top.h5"),
    _application("resnet50", "ResNet50", 174, "caffe", f"resnet50_{_TF}_notop.h5"),
)

BACKBONES: dict[str, Backbone] = {row.name: row for row in _ROWS}
