"""The hyperparameters: their names, values, defaults and when they apply.

The names are part of the interface: `--set`, logs, reports and TensorBoard use them. A hyperparameter that does not
apply (the rate of a fine-tuning that does not happen) is absent from a recipe, and strategies treat it as conditional.
"""

from .backbones import BACKBONES
from .domains import Value
from .errors import SpaceError, did_you_mean
from .from_scratch import ACTIVATIONS, FROM_SCRATCH
from .hyperparameter import Hyperparameter
from .pooling import POOLING
from .value_readers import last_layers, one_of, real, several_of, whole, widths, word_or, yes_no

CLASSIFIERS = ("head", "logistic", "neighbours", "most_frequent")
AUGMENTATIONS = (
    "none", "light", "medium", "strong", "flip", "vertical_flip", "rotation", "zoom", "shift", "crop",
    "brightness", "contrast", "saturation", "hue", "noise", "blur",
)  # fmt: skip
OPTIMIZERS = ("adam", "adamw", "rmsprop", "sgd")
_Excluded = tuple[tuple[str, Value], ...]
# What only gradient descent has.
_TRAINED: _Excluded = tuple(("classifier", other) for other in CLASSIFIERS if other != "head")
_WEIGHTED: _Excluded = (("classifier", "neighbours"), ("classifier", "most_frequent"))
_SCRATCH: _Excluded = tuple(
    ("backbone", row.name) for row in BACKBONES.values() if row.from_scratch
)
_ONLY_FROZEN: _Excluded = tuple(
    ("backbone", row.name) for row in BACKBONES.values() if row.only_frozen
)
_FROZEN: _Excluded = (*_TRAINED, *_SCRATCH, *_ONLY_FROZEN, ("unfreeze", 0))

_ROWS = (
    Hyperparameter(
        "backbone",
        "network that turns images into features: pretrained, or trained from scratch",
        ", ".join(BACKBONES),
        one_of(*BACKBONES),
        "mobilenet_v2",
    ),
    Hyperparameter(
        "image_size",
        "image size in pixels per side; native is the size that the backbone was trained at, large is 10/7 of it",
        "native, large, or a whole number from 32 to 1024",
        word_or("native", word_or("large", whole(32, 1024))),
        "native",
    ),
    Hyperparameter(
        "resize",
        "how an image becomes square: centre crop, black borders, or stretched",
        "crop, pad, stretch",
        one_of("crop", "pad", "stretch"),
        "crop",
    ),
    Hyperparameter(
        "classifier",
        "the classifier on the backbone: a head trained by gradient descent, a regularised logistic probe, the nearest "
        "neighbours' vote, or always the most frequent class",
        ", ".join(CLASSIFIERS),
        one_of(*CLASSIFIERS),
        "head",
    ),
    Hyperparameter(
        "predict_views",
        "what a prediction looks at: the image alone, or its mirror image too; features of a frozen backbone are "
        "averaged over both, in training too, and probabilities of a trained one",
        "none, mirror",
        one_of("none", "mirror"),
        "none",
        excluded_by=(("classifier", "most_frequent"),),
    ),
    Hyperparameter(
        "unfreeze",
        "the backbone's last layers that are trained too: their number, the last blocks, or a share of all layers",
        "all, a whole number from 0, blocks such as 2b, or a share such as 40%",
        last_layers,
        0,
        excluded_by=(*_TRAINED, *_SCRATCH, *_ONLY_FROZEN),
    ),
    *FROM_SCRATCH,
    *POOLING,
    Hyperparameter(
        "feature_scaling",
        "whether averaged features are scaled to mean 0 and standard deviation 1 over the training images",
        "none, standard",
        one_of("none", "standard"),
        "none",
        excluded_by=(*_SCRATCH, ("classifier", "most_frequent"), ("pooling", "flatten")),
    ),
    Hyperparameter(
        "neighbours",
        "number of nearest training images that vote, by cosine similarity",
        "a whole number from 1 to 1000",
        whole(1, 1000),
        5,
        excluded_by=tuple(("classifier", other) for other in CLASSIFIERS if other != "neighbours"),
    ),
    Hyperparameter(
        "probe_l2",
        "L2 penalty of the logistic probe on the sum of its losses; cv chooses it within the training images",
        "cv, or a number above 0, at most 1e6",
        word_or("cv", real(0, 1e6, above=True)),
        "cv",
        excluded_by=tuple(("classifier", other) for other in CLASSIFIERS if other != "logistic"),
    ),
    Hyperparameter(
        "dense",
        "widths of the head's hidden layers, joined by '-'",
        "none, or 1 to 3 widths such as 128 or 256-128",
        widths,
        "none",
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "activation",
        "activation of the hidden layers",
        ", ".join(ACTIVATIONS),
        one_of(*ACTIVATIONS),
        "relu",
        excluded_by=(*_TRAINED, ("dense", "none")),
    ),
    Hyperparameter(
        "batch_norm",
        "batch normalisation before each hidden layer's activation",
        "yes, no",
        yes_no,
        False,
        excluded_by=(*_TRAINED, ("dense", "none")),
    ),
    Hyperparameter(
        "dropout",
        "share of values dropped before the output, and after each hidden layer",
        "a number from 0 to 0.95",
        real(0, 0.95),
        0.0,
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "l2",
        "L2 penalty on the head's kernels, and on those of a network from scratch",
        "a number from 0 to 100",
        real(0, 100),
        0.0,
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "class_weight",
        "weight of an image in the loss: equal, or balanced so that every class has the same total weight",
        "none, balanced",
        one_of("none", "balanced"),
        "none",
        excluded_by=_WEIGHTED,
    ),
    Hyperparameter(
        "head_start",
        "where the output layer starts when last layers are trained: random weights, or a logistic probe on what the "
        "layers before it give",
        "random, probe",
        one_of("random", "probe"),
        "random",
        excluded_by=_FROZEN,
    ),
    Hyperparameter(
        "optimizer",
        "optimizer; sgd uses Nesterov momentum 0.9",
        ", ".join(OPTIMIZERS),
        one_of(*OPTIMIZERS),
        "adam",
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "learning_rate",
        "learning rate at the start",
        "a number above 0, at most 10",
        real(0, 10, above=True),
        1e-3,
        excluded_by=(*_TRAINED, ("head_start", "probe")),
    ),
    Hyperparameter(
        "batch_size",
        "images per step",
        "a whole number from 1 to 4096",
        whole(1, 4096),
        32,
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "steps_per_epoch",
        "steps per epoch; full is one pass over the training images",
        "full, or a whole number from 1",
        word_or("full", whole(1)),
        "full",
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "head_epochs",
        "epochs that train the head alone before the last layers join",
        "a whole number from 0 to 1000",
        whole(0, 1000),
        0,
        excluded_by=(*_FROZEN, ("head_start", "probe")),
    ),
    Hyperparameter(
        "fine_tune_rate",
        "learning rate once the last layers are trained too",
        "a number above 0, at most 10",
        real(0, 10, above=True),
        1e-4,
        excluded_by=(*_FROZEN, ("head_epochs", 0)),
    ),
    Hyperparameter(
        "augment",
        "random changes to training images: a strength, a single change, or several joined by '+'",
        ", ".join(AUGMENTATIONS),
        several_of("none", *AUGMENTATIONS[1:]),
        "none",
        excluded_by=_WEIGHTED,
    ),
    Hyperparameter(
        "views",
        "stored augmented views of each image; epoch e uses view e mod views, probes use all views",
        "a whole number from 1 to 100",
        whole(1, 100),
        4,
        excluded_by=(*_WEIGHTED, *_SCRATCH, ("augment", "none"), ("unfreeze", "all")),
    ),
    Hyperparameter(
        "mix",
        "training images mixed in pairs with their labels, before the first trained layer",
        "none, mixup, cutmix",
        one_of("none", "mixup", "cutmix"),
        "none",
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "mix_alpha",
        "how evenly pairs are mixed: shares are drawn from Beta(alpha, alpha)",
        "a number above 0, at most 10",
        real(0, 10, above=True),
        0.2,
        excluded_by=(*_TRAINED, ("mix", "none")),
    ),
    Hyperparameter(
        "feature_dtype",
        "how activations at the freeze boundary are stored; float16 halves them",
        "float32, float16",
        one_of("float32", "float16"),
        "float32",
        excluded_by=(*_SCRATCH, ("classifier", "most_frequent"), ("unfreeze", "all")),
    ),
    Hyperparameter(
        "patience",
        "epochs without a lower validation loss before training stops",
        "a whole number from 1",
        whole(1),
        10,
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "plateau_patience",
        "epochs without a lower validation loss before the rate is reduced; 0 never reduces it",
        "a whole number from 0",
        whole(0),
        0,
        excluded_by=_TRAINED,
    ),
    Hyperparameter(
        "plateau_factor",
        "what the rate is multiplied with on a plateau",
        "a number from 0.01 to 0.99",
        real(0.01, 0.99),
        0.5,
        excluded_by=(*_TRAINED, ("plateau_patience", 0)),
    ),
    Hyperparameter(
        "min_learning_rate",
        "the rate below which a plateau does not reduce it",
        "a number from 0 to 10",
        real(0, 10),
        0.0,
        excluded_by=(*_TRAINED, ("plateau_patience", 0)),
    ),
)

HYPERPARAMETERS: dict[str, Hyperparameter] = {row.name: row for row in _ROWS}


def unknown_hyperparameter(name: str) -> SpaceError:
    """Return the error for a name that is not in the table."""
    near = did_you_mean(name, HYPERPARAMETERS)
    known = near or f" Known are {', '.join(HYPERPARAMETERS)}."
    return SpaceError(f"Unknown hyperparameter {name!r}.{known}")
