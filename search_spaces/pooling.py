"""The hyperparameters that turn a backbone's output into one vector an image."""

from .backbones import BACKBONES
from .hyperparameter import Hyperparameter
from .value_readers import one_of


def _all_but(output: str) -> tuple[tuple[str, str], ...]:
    return tuple(("backbone", row.name) for row in BACKBONES.values() if row.output != output)


POOLING = (
    Hyperparameter(
        "pooling",
        "global average pooling of the last feature map, or all of it flattened",
        "gap, flatten",
        one_of("gap", "flatten"),
        "gap",
        excluded_by=_all_but("map"),
    ),
    Hyperparameter(
        "token_pooling",
        "what is used of a vision transformer's tokens: the class token, the mean of the patches' tokens, or both, one "
        "beside the other",
        "class, mean, both",
        one_of("class", "mean", "both"),
        "class",
        excluded_by=_all_but("tokens"),
    ),
)
