"""The backbones: one row each, with whatever must agree with its weights.

A row names a Keras builder and its arguments, the size it was trained at and the smallest it takes, and how pixels
0..255 become its input; `tuner.backbones` builds from it, with the preprocessing inside the model. A network that is
trained from scratch is a row without weights. Adding a backbone is adding a row.
"""

from .backbone import Backbone


def _application(
    name,
    builder,
    layers,
    blocks,
    preprocessing,
    keras_file,
    block,
    *,
    size=224,
    smallest=32,
    **arguments,
):
    own_file = f"{name}_no_top.weights.h5"
    if "alpha" in arguments:
        family = {"MobileNet": "mobilenet", "MobileNetV2": "mobilenet_v2"}[builder]
        own_file = f"{family}_{arguments['alpha']}_{size}_no_top.weights.h5"
    return Backbone(
        name,
        f"keras.applications:{builder}",
        size,
        smallest,
        layers,
        preprocessing,
        (own_file, keras_file),
        arguments,
        block=block,
        blocks=blocks,
    )


def _transformer(name, kind, preset, pretrained_on, preprocessing, **config):
    return Backbone(
        name,
        "transfertune.tuner.backbones.vision_transformer:VisionTransformer",
        224,
        32,
        0,
        preprocessing,
        (f"{name}_no_top.weights.h5", f"{preset}/model.weights.h5"),
        {"kind": kind, "preset": preset, "native_size": 224, **config},
        pretrained_on,
        output="tokens",
        package="keras_hub",
    )


def _dinov2(name, width, heads):
    return _transformer(
        name,
        "DINOV2Backbone",
        name,
        "LVD-142M",
        "torch",
        patch_size=14,
        num_layers=12,
        hidden_dim=width,
        num_heads=heads,
        intermediate_dim=4 * width,
        position_embedding_shape=(518, 518, 3),
    )


def _from_scratch(name, builder, size):
    return Backbone(name, builder, size, 32, 0, "tf", (), pretrained_on=None)


_TF = "weights_tf_dim_ordering_tf_kernels"
_EFFICIENTNET = r"(block\d+[a-z])_"
_CONVNEXT = r"convnext_\w+?_(stage_\d_block_\d+)_"
_MOBILENET = r"conv_[dp]w_(\d+)"
_MOBILENET_V2 = r"(block_\d+|expanded_conv)_"
_MOBILENET_V3 = r"(expanded_conv(?:_\d+)?)_"
_RESNET = r"(conv\d_block\d+)_"
_ROWS = (
    _application(
        "convnext_base",
        "ConvNeXtBase",
        258,
        36,
        "inside",
        "convnext_base_notop.h5",
        _CONVNEXT,
    ),
    _application(
        "convnext_small",
        "ConvNeXtSmall",
        258,
        36,
        "inside",
        "convnext_small_notop.h5",
        _CONVNEXT,
    ),
    _application(
        "convnext_tiny",
        "ConvNeXtTiny",
        132,
        18,
        "inside",
        "convnext_tiny_notop.h5",
        _CONVNEXT,
    ),
    _application(
        "densenet121",
        "DenseNet121",
        426,
        58,
        "torch",
        f"densenet121_{_TF}_notop.h5",
        _RESNET,
    ),
    _dinov2("dinov2_base", 768, 12),
    _dinov2("dinov2_small", 384, 6),
    Backbone(
        "drawn_net",
        "transfertune.tuner.backbones.drawn_net:DrawnNet",
        64,
        32,
        24,
        "tf",
        ("drawn_net_no_top.weights.h5",),
        pretrained_on="drawn images",
        shipped=True,
        block=r"(re_lu\w*)",
        blocks=7,
    ),
    _application(
        "efficientnet_b0",
        "EfficientNetB0",
        236,
        16,
        "inside",
        "efficientnetb0_notop.h5",
        _EFFICIENTNET,
    ),
    _application(
        "efficientnet_v2_b0",
        "EfficientNetV2B0",
        269,
        21,
        "inside",
        "efficientnetv2-b0_notop.h5",
        _EFFICIENTNET,
    ),
    _application(
        "efficientnet_v2_m",
        "EfficientNetV2M",
        739,
        57,
        "inside",
        "efficientnetv2-m_notop.h5",
        _EFFICIENTNET,
        size=480,
    ),
    _application(
        "efficientnet_v2_s",
        "EfficientNetV2S",
        512,
        40,
        "inside",
        "efficientnetv2-s_notop.h5",
        _EFFICIENTNET,
        size=384,
    ),
    _application(
        "inception_resnet_v2",
        "InceptionResNetV2",
        779,
        43,
        "tf",
        f"inception_resnet_v2_{_TF}_notop.h5",
        r"(block\d+_\d+|mixed_\w+)",
        size=299,
        smallest=75,
    ),
    _application(
        "mobilenet_025",
        "MobileNet",
        85,
        13,
        "tf",
        "mobilenet_2_5_224_tf_no_top.h5",
        _MOBILENET,
        alpha=0.25,
    ),
    _application(
        "mobilenet_v2",
        "MobileNetV2",
        153,
        17,
        "tf",
        f"mobilenet_v2_{_TF}_1.0_224_no_top.h5",
        _MOBILENET_V2,
        alpha=1.0,
    ),
    _application(
        "mobilenet_v2_035",
        "MobileNetV2",
        153,
        17,
        "tf",
        f"mobilenet_v2_{_TF}_0.35_224_no_top.h5",
        _MOBILENET_V2,
        alpha=0.35,
    ),
    _application(
        "mobilenet_v3_large",
        "MobileNetV3Large",
        186,
        15,
        "inside",
        "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        _MOBILENET_V3,
    ),
    _application(
        "mobilenet_v3_small",
        "MobileNetV3Small",
        156,
        11,
        "inside",
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        _MOBILENET_V3,
    ),
    Backbone(
        "mobilenet_v3_small_1000",
        "keras.applications:MobileNetV3Small",
        224,
        32,
        163,
        "inside",
        ("mobilenet_v3_small.weights.h5", "weights_mobilenet_v3_small_224_1.0_float.h5"),
        {"include_top": True},
        block=_MOBILENET_V3,
        blocks=11,
        output="vector",
    ),
    _application(
        "nasnet_mobile",
        "NASNetMobile",
        768,
        16,
        "tf",
        "nasnet_mobile_no_top.h5",
        r"((?:normal|reduction)_concat_\w+)",
    ),
    _from_scratch("plain_cnn", "transfertune.tuner.backbones.plain_cnn:PlainCNN", 32),
    _from_scratch("residual_net", "transfertune.tuner.backbones.residual_net:ResidualNet", 128),
    _application("resnet50", "ResNet50", 174, 16, "caffe", f"resnet50_{_TF}_notop.h5", _RESNET),
    _application(
        "resnet50_v2",
        "ResNet50V2",
        189,
        16,
        "tf",
        f"resnet50v2_{_TF}_notop.h5",
        _RESNET,
    ),
    _transformer(
        "vit_base",
        "ViTBackbone",
        "vit_base_patch16_224_imagenet",
        "ImageNet",
        "tf",
        patch_size=16,
        num_layers=12,
        hidden_dim=768,
        num_heads=12,
        mlp_dim=3072,
    ),
    _application(
        "xception",
        "Xception",
        131,
        13,
        "tf",
        f"xception_{_TF}_notop.h5",
        r"(add\w*|block14)",
        size=299,
        smallest=71,
    ),
)

BACKBONES: dict[str, Backbone] = {row.name: row for row in _ROWS}
