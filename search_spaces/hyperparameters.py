"""The hyperparameters: their names, values, defaults and when they apply.

The names are part of the interface: `--set`, logs, reports and TensorBoard use them. A hyperparameter that does not
apply (the rate of a fine-tuning that does not happen) is absent from a recipe, and strategies treat it as conditional.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .backbones import BACKBONES
from .domains import Value
from .errors import SpaceError, did_you_mean

CLASSIFIERS = ("dense", "logistic", "neighbours", "most_frequent")
AUGMENTATIONS = ("none", "light", "medium", "strong")
OPTIMIZERS = ("adam", "adamw", "rmsprop", "sgd")
ACTIVATIONS = ("elu", "gelu", "leaky_relu", "relu", "silu", "tanh")
_LARGEST_LAYER = 65536
# What only gradient descent has.
_TRAINED = tuple(("classifier", other) for other in CLASSIFIERS if other != "dense")
_WEIGHTED = (("classifier", "neighbours"), ("classifier", "most_frequent"))
_FROZEN = (*_TRAINED, ("unfreeze", 0))


@dataclass(frozen=True)
class Hyperparameter:
    """One name of the interface.

    `parse` turns a text or a JSON value into the value or raises `ValueError`; `allowed` says in words what it takes;
    `unless` lists (name, value) pairs that make it meaningless, each name standing earlier in the table.
    """

    name: str
    help: str
    allowed: str
    parse: Callable[[Any], Value]
    default: Value
    unless: tuple[tuple[str, Value], ...] = ()

    def read(self, value: Any) -> Value:
        """Return the value in its own type; `SpaceError` says what is allowed."""
        try:
            return self.parse(value)
        except (TypeError, ValueError, OverflowError):
            pass
        options = self.allowed.split(", ")
        raise SpaceError(
            f"{self.name} is {self.allowed}, but got {value!r}.{did_you_mean(value, options)}"
        )

    def applies(self, values: Mapping[str, Value]) -> bool:
        """Say whether the hyperparameter means anything beside these values."""
        return not any(values.get(other) == meaningless for other, meaningless in self.unless)


def _one_of(*options: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in options:
            raise ValueError
        return str(value)

    return parse


def _whole(low: int, high: int = 10**9) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or float(value) != int(float(value)):
            raise ValueError
        if not low <= int(float(value)) <= high:
            raise ValueError
        return int(float(value))

    return parse


def _real(low: float, high: float, *, above: bool = False) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        number = float(value)
        if isinstance(value, bool) or not math.isfinite(number) or not low <= number <= high:
            raise ValueError
        if above and number == low:
            raise ValueError
        return number

    return parse


def _word_or_whole(word: str, low: int) -> Callable[[Any], Value]:
    whole = _whole(low)
    return lambda value: word if value == word else whole(value)


def _word_or_real(word: str, low: float, high: float) -> Callable[[Any], Value]:
    real = _real(low, high, above=True)
    return lambda value: word if value == word else real(value)


def _widths(value: Any) -> str:
    if value == "none":
        return "none"
    widths = [int(part) for part in str(value).split("-")]
    if not 1 <= len(widths) <= 3 or not all(1 <= width <= _LARGEST_LAYER for width in widths):
        raise ValueError
    return "-".join(map(str, widths))


def _yes_no(value: Any) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    return words[str(value).lower()] if str(value).lower() in words else _fail()


def _fail() -> Any:
    raise ValueError


_ROWS = (
    Hyperparameter(
        "backbone",
        "pretrained network that turns pictures into features",
        ", ".join(BACKBONES),
        _one_of(*BACKBONES),
        "mobilenet_v2",
    ),
    Hyperparameter(
        "image_size",
        "pixels a side that the backbone sees; native is the size it was trained at",
        "native, or a whole number from 32 to 1024",
        lambda value: "native" if value == "native" else _whole(32, 1024)(value),
        "native",
    ),
    Hyperparameter(
        "resize",
        "how a picture becomes square: centre crop, black borders, or stretched",
        "crop, pad, stretch",
        _one_of("crop", "pad", "stretch"),
        "crop",
    ),
    Hyperparameter(
        "classifier",
        "what follows the backbone: layers trained by gradient descent, a regularised logistic probe, the nearest "
        "neighbours' vote, or always the most frequent class",
        ", ".join(CLASSIFIERS),
        _one_of(*CLASSIFIERS),
        "dense",
    ),
    Hyperparameter(
        "unfreeze",
        "number of the backbone's last layers that are trained too",
        "all, or a whole number from 0",
        _word_or_whole("all", 0),
        0,
        unless=_TRAINED,
    ),
    Hyperparameter(
        "pooling",
        "global average pooling of the last feature map, or all of it flattened",
        "gap, flatten",
        _one_of("gap", "flatten"),
        "gap",
    ),
    Hyperparameter(
        "feature_scaling",
        "whether averaged features are brought to mean 0 and deviation 1, as the training pictures have them",
        "none, standard",
        _one_of("none", "standard"),
        "none",
        unless=(("classifier", "most_frequent"), ("pooling", "flatten")),
    ),
    Hyperparameter(
        "neighbours",
        "number of nearest training pictures that vote, by cosine similarity",
        "a whole number from 1 to 1000",
        _whole(1, 1000),
        5,
        unless=tuple(("classifier", other) for other in CLASSIFIERS if other != "neighbours"),
    ),
    Hyperparameter(
        "probe_l2",
        "L2 penalty of the logistic probe on the sum of its losses; cv chooses it within the training pictures",
        "cv, or a number above 0, at most 1e6",
        _word_or_real("cv", 0, 1e6),
        "cv",
        unless=tuple(("classifier", other) for other in CLASSIFIERS if other != "logistic"),
    ),
    Hyperparameter(
        "dense",
        "widths of the head's hidden layers, joined by '-'",
        "none, or 1 to 3 widths such as 128 or 256-128",
        _widths,
        "none",
        unless=_TRAINED,
    ),
    Hyperparameter(
        "activation",
        "activation of the hidden layers",
        ", ".join(ACTIVATIONS),
        _one_of(*ACTIVATIONS),
        "relu",
        unless=(*_TRAINED, ("dense", "none")),
    ),
    Hyperparameter(
        "batch_norm",
        "batch normalisation before each hidden layer's activation",
        "yes, no",
        _yes_no,
        False,
        unless=(*_TRAINED, ("dense", "none")),
    ),
    Hyperparameter(
        "dropout",
        "share of values dropped before the output, and after each hidden layer",
        "a number from 0 to 0.95",
        _real(0, 0.95),
        0.0,
        unless=_TRAINED,
    ),
    Hyperparameter(
        "l2",
        "L2 penalty on the head's kernels",
        "a number from 0 to 100",
        _real(0, 100),
        0.0,
        unless=_TRAINED,
    ),
    Hyperparameter(
        "class_weight",
        "how much a picture counts in the loss: all the same, or balanced, so that every class counts the same",
        "none, balanced",
        _one_of("none", "balanced"),
        "none",
        unless=_WEIGHTED,
    ),
    Hyperparameter(
        "head_start",
        "where the output layer starts when last layers are trained: random weights, or a logistic probe on what the "
        "layers before it give",
        "random, probe",
        _one_of("random", "probe"),
        "random",
        unless=_FROZEN,
    ),
    Hyperparameter(
        "optimizer",
        "update rule; sgd has Nesterov momentum 0.9",
        ", ".join(OPTIMIZERS),
        _one_of(*OPTIMIZERS),
        "adam",
        unless=_TRAINED,
    ),
    Hyperparameter(
        "learning_rate",
        "step size at the start",
        "a number above 0, at most 10",
        _real(0, 10, above=True),
        1e-3,
        unless=(*_TRAINED, ("head_start", "probe")),
    ),
    Hyperparameter(
        "batch_size",
        "pictures a step",
        "a whole number from 1 to 4096",
        _whole(1, 4096),
        32,
        unless=_TRAINED,
    ),
    Hyperparameter(
        "steps_per_epoch",
        "steps an epoch; full is one pass over the training pictures",
        "full, or a whole number from 1",
        _word_or_whole("full", 1),
        "full",
        unless=_TRAINED,
    ),
    Hyperparameter(
        "head_epochs",
        "epochs that train the head alone before the last layers join",
        "a whole number from 0 to 1000",
        _whole(0, 1000),
        0,
        unless=(*_FROZEN, ("head_start", "probe")),
    ),
    Hyperparameter(
        "fine_tune_rate",
        "step size once the last layers have joined",
        "a number above 0, at most 10",
        _real(0, 10, above=True),
        1e-4,
        unless=(*_FROZEN, ("head_epochs", 0)),
    ),
    Hyperparameter(
        "augment",
        "strength of the random changes to training pictures",
        ", ".join(AUGMENTATIONS),
        _one_of(*AUGMENTATIONS),
        "none",
        unless=_WEIGHTED,
    ),
    Hyperparameter(
        "views",
        "stored augmented views of each picture; epoch e uses view e mod views",
        "a whole number from 1 to 100",
        _whole(1, 100),
        4,
        unless=(*_WEIGHTED, ("augment", "none"), ("unfreeze", "all")),
    ),
    Hyperparameter(
        "feature_dtype",
        "how activations at the freeze boundary are stored; float16 halves them",
        "float32, float16",
        _one_of("float32", "float16"),
        "float32",
        unless=(("classifier", "most_frequent"), ("unfreeze", "all")),
    ),
    Hyperparameter(
        "patience",
        "epochs without a lower validation loss before training stops",
        "a whole number from 1",
        _whole(1),
        10,
        unless=_TRAINED,
    ),
    Hyperparameter(
        "plateau_patience",
        "epochs without a lower validation loss before the rate is reduced; 0 never reduces it",
        "a whole number from 0",
        _whole(0),
        0,
        unless=_TRAINED,
    ),
    Hyperparameter(
        "plateau_factor",
        "what the rate is multiplied with on a plateau",
        "a number from 0.01 to 0.99",
        _real(0.01, 0.99),
        0.5,
        unless=(*_TRAINED, ("plateau_patience", 0)),
    ),
)

HYPERPARAMETERS: dict[str, Hyperparameter] = {row.name: row for row in _ROWS}


def unknown_hyperparameter(name: str) -> SpaceError:
    """Return the error for a name that is not in the table."""
    near = did_you_mean(name, HYPERPARAMETERS)
    return SpaceError(
        f"Unknown hyperparameter {name!r}; known are {', '.join(HYPERPARAMETERS)}.{near}"
    )
