"""One row of the table of backbones."""

from dataclasses import dataclass, field
from typing import Any

# Of weights that keras.applications took over from their authors, by the builder, where it is not Apache-2.0.
_LICENCES = {
    "ConvNeXt": "MIT",
    "DenseNet": "BSD-3-Clause",
    "ResNet": "MIT",
    "Xception": "MIT",
}


@dataclass(frozen=True)
class Backbone:
    """What is known of a backbone without building it.

    `preprocessing` is `"tf"` (pixels to -1..1), `"torch"` (pixels to 0..1, then to ImageNet's mean and deviation),
    `"caffe"` (BGR less the ImageNet mean) or `"inside"` (the network scales pixels itself). `image_size` and `smallest`
    are pixels a side. `layers` and `blocks` are how many can be unfrozen, layers as Keras lists them in `model.layers`
    without the input; `block` finds a layer's block at the beginning of its name, of which the first group is the
    block's own; a pretrained network without layers can only be frozen. `weights_files` are the names that
    `--weights DIR` looks for: this project's, then the one that Keras gives its download; `shipped` says that the first
    comes with the project. `pretrained_on` is None for a network from scratch. `output` is `"map"` (N, h, w, c),
    `"vector"` (N, F), or `"tokens"` (N, 2, width): the class token and the mean of the patches' tokens. `package` is
    what builds and loads the network besides Keras.
    """

    name: str
    builder: str
    image_size: int
    smallest: int
    layers: int
    preprocessing: str
    weights_files: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)
    pretrained_on: str | None = "ImageNet"
    block: str = ""
    blocks: int = 0
    output: str = "map"
    shipped: bool = False
    package: str | None = None

    @property
    def from_scratch(self) -> bool:
        """Whether it starts from random weights, all of which are trained."""
        return self.pretrained_on is None

    @property
    def licence(self) -> str | None:
        """The SPDX name of the licence of its weights, as their authors state it; None where it has no weights."""
        if self.from_scratch:
            return None
        builder = self.builder.rpartition(":")[2]
        return next(
            (one for name, one in _LICENCES.items() if builder.startswith(name)), "Apache-2.0"
        )

    @property
    def only_frozen(self) -> bool:
        """Whether none of its layers can be trained."""
        return not self.from_scratch and self.layers == 0

    def pixels(self, size: int | str) -> int:
        """Return an image size in pixels a side: of `"native"`, `"large"`, or the number itself.

        Large is 10/7 of the native size, rounded to a multiple of 32: 320 for 224. Weights that were trained at one
        size often serve a larger one better (Touvron et al., Fixing the train-test resolution discrepancy, NeurIPS
        2019).
        """
        if isinstance(size, int):
            return size
        return self.image_size if size == "native" else 32 * round(self.image_size * 10 / 7 / 32)
