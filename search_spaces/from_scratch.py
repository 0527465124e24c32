"""The hyperparameters of networks that are trained from scratch."""

from .backbones import BACKBONES
from .hyperparameter import Hyperparameter
from .value_readers import one_of, real, whole

ACTIVATIONS = ("elu", "gelu", "leaky_relu", "relu", "silu", "tanh")
_PRETRAINED = tuple(("backbone", row.name) for row in BACKBONES.values() if not row.from_scratch)

FROM_SCRATCH = (
    Hyperparameter(
        "depth",
        "convolutions of plain_cnn, or blocks of residual_net",
        "a whole number from 1 to 8",
        whole(1, 8),
        4,
        excluded_by=_PRETRAINED,
    ),
    Hyperparameter(
        "width",
        "filters of the first convolution of a network from scratch; they double from stage to stage, up to 512",
        "a whole number from 4 to 512",
        whole(4, 512),
        32,
        excluded_by=_PRETRAINED,
    ),
    Hyperparameter(
        "conv_activation",
        "activation of the convolutions of a network from scratch",
        ", ".join(ACTIVATIONS),
        one_of(*ACTIVATIONS),
        "relu",
        excluded_by=_PRETRAINED,
    ),
    Hyperparameter(
        "conv_dropout",
        "share of values dropped after the convolutions of a network from scratch",
        "a number from 0 to 0.95",
        real(0, 0.95),
        0.0,
        excluded_by=_PRETRAINED,
    ),
    Hyperparameter(
        "pixel_scaling",
        "pixels of a network from scratch: to -1..1, or each channel to mean 0 and deviation 1 over the training "
        "images",
        "range, standard",
        one_of("range", "standard"),
        "range",
        excluded_by=_PRETRAINED,
    ),
)
