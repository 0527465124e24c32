"""One classifier and its training, as values.

A search space chooses a recipe; the model builder, the training, the log and the reports read it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from .backbones import BACKBONES
from .domains import Value
from .errors import SpaceError
from .hyperparameters import HYPERPARAMETERS, unknown_hyperparameter

_Applying = TypeVar("_Applying")


@dataclass(frozen=True)
class Recipe:
    """All values of one classifier; a value that does not apply is None and absent from `as_dict`.

    The fields are the names of `HYPERPARAMETERS`, which documents them, and `epochs`, the most that a fit may run.
    """

    backbone: str
    image_size: int
    resize: str
    classifier: str
    epochs: int
    predict_views: str | None = None
    pooling: str | None = None
    token_pooling: str | None = None
    unfreeze: int | str | None = None
    depth: int | None = None
    width: int | None = None
    conv_activation: str | None = None
    conv_dropout: float | None = None
    pixel_scaling: str | None = None
    feature_scaling: str | None = None
    neighbours: int | None = None
    probe_l2: float | str | None = None
    dense: str | None = None
    activation: str | None = None
    batch_norm: bool | None = None
    dropout: float | None = None
    l2: float | None = None
    class_weight: str | None = None
    head_start: str | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    steps_per_epoch: int | str | None = None
    head_epochs: int | None = None
    fine_tune_rate: float | None = None
    augment: str | None = None
    views: int | None = None
    mix: str | None = None
    mix_alpha: float | None = None
    feature_dtype: str | None = None
    patience: int | None = None
    plateau_patience: int | None = None
    plateau_factor: float | None = None
    min_learning_rate: float | None = None

    @classmethod
    def from_values(cls, values: Mapping[str, Any], *, epochs: int) -> "Recipe":
        """Return a recipe of some values: defaults filled in, values that do not apply left out, every value checked.

        Raises:
            SpaceError: an unknown name, a value out of its domain, or an image smaller than the backbone takes.
        """
        for name in values:
            if name not in HYPERPARAMETERS:
                raise unknown_hyperparameter(name)
        chosen: dict[str, Any] = {}
        for name, row in HYPERPARAMETERS.items():
            if row.applies(chosen):
                chosen[name] = row.read(values.get(name, row.default))
        chosen["image_size"] = _image_size(chosen)
        if epochs < 1:
            raise SpaceError(f"epochs is a whole number from 1, but got {epochs!r}.")
        return cls(**chosen, epochs=epochs)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """Return the recipe that `as_dict` described."""
        values = dict(values)
        return cls.from_values(values, epochs=values.pop("epochs"))

    def as_dict(self) -> dict[str, Value]:
        """Return the values that apply, in the order of the hyperparameter table."""
        present = {name: value for name, value in asdict(self).items() if value is not None}
        return {name: present[name] for name in (*HYPERPARAMETERS, "epochs") if name in present}

    @property
    def trained(self) -> bool:
        """Whether gradient descent trains it, epoch by epoch; every other classifier is fitted at once."""
        return self.classifier == "head"

    @property
    def from_scratch(self) -> bool:
        """Whether the backbone starts from random weights."""
        return BACKBONES[self.backbone].from_scratch

    @property
    def unfrozen(self) -> int | str:
        """The backbone's layers that are trained: all of a network from scratch, none below a probe."""
        if not self.trained:
            return 0
        return "all" if self.from_scratch else self.unfreeze or 0

    @property
    def architecture(self) -> tuple[tuple[str, Value], ...]:
        """The builder's arguments that the recipe chooses, for a network from scratch."""
        names = ("depth", "width", "conv_activation", "conv_dropout") if self.from_scratch else ()
        return tuple((name, getattr(self, name)) for name in names)

    @property
    def mirrored(self) -> bool:
        """Whether a prediction looks at the image and its mirror image."""
        return self.predict_views == "mirror"

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths of the hidden layers, from the backbone to the output."""
        return () if self.dense in (None, "none") else tuple(map(int, self.dense.split("-")))

    @property
    def key(self) -> str:
        """A digest of all values, 16 hexadecimal digits."""
        text = json.dumps(self.as_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def required(value: _Applying | None) -> _Applying:
    """Return a recipe's value that has to apply.

    Raises:
        ValueError: the value is None, so it does not apply.
    """
    if value is None:
        raise ValueError("A hyperparameter was read that does not apply to the recipe.")
    return value


def _image_size(chosen: Mapping[str, Any]) -> int:
    row = BACKBONES[chosen["backbone"]]
    size = row.pixels(chosen["image_size"])
    if size < row.smallest:
        raise SpaceError(
            f"image_size must be at least {row.smallest} for {row.name}, but got {size}; "
            f"its native size is {row.image_size}."
        )
    return size


assert set(HYPERPARAMETERS) | {"epochs"} == {field.name for field in fields(Recipe)}  # noqa: S101
