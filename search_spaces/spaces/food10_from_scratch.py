"""Ten kinds of food: residual networks from scratch against NASNetMobile, most of it frozen.

As published: a 7x7 stem, 3 or 4 residual blocks with batch normalisation and leaky ReLU, pixels scaled by the images'
own mean and deviation; against NASNetMobile with a searched share of its layers frozen, down to 60 %; Adam or SGD with
momentum, the rate halved after 10 epochs without a lower validation loss; crops, turns, brightness, noise and blur on
training images alone. The best rates were 1e-3 from scratch and
1e-4 fine-tuned; 300 and 100 epochs were needed. The sizes of images and layers were not published.
"""

from ..domains import Choice, Float, Value
from ..space import Space

_SCRATCH: dict[str, Value] = {"backbone": "residual_net", "dropout": 0.3, "learning_rate": 1e-3}
_TUNED: dict[str, Value] = {"backbone": "nasnet_mobile", "dropout": 0.3, "learning_rate": 1e-4}

SPACE = Space(
    name="food10_from_scratch",
    title="Residual networks from scratch against a fine-tuned NASNetMobile",
    expects="5 to 20 classes, 200 to 1,000 images each, 64 pixels a side or more",
    data="food10",
    domains={
        "backbone": Choice("residual_net", "nasnet_mobile"),
        "unfreeze": Choice("10%", "20%", "30%", "40%"),
        "depth": Choice(3, 4),
        "width": Choice(32, 64),
        "conv_activation": "leaky_relu",
        "pixel_scaling": "standard",
        "dense": "128",
        "activation": "leaky_relu",
        "dropout": Float(0.0, 0.6),
        "optimizer": Choice("adam", "sgd"),
        "learning_rate": Float(1e-5, 1e-2, log=True),
        "augment": "crop+rotation+brightness+noise+blur",
        "patience": 25,
        "plateau_patience": 10,
        "plateau_factor": 0.5,
    },
    epochs=100,
    trials=30,
    runs=(
        {**_SCRATCH, "depth": 4, "width": 32},
        {**_SCRATCH, "depth": 3, "width": 32},
        {**_SCRATCH, "depth": 4, "width": 64},
        {**_SCRATCH, "depth": 4, "width": 32, "optimizer": "sgd"},
        {**_TUNED, "unfreeze": "40%"},
        {**_TUNED, "unfreeze": "20%"},
        {**_TUNED, "unfreeze": "40%", "optimizer": "sgd"},
    ),
)
