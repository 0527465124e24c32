"""What the layers of a backbone cost in arithmetic, as plain values: no Keras is needed to use them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LayerCosts:
    """The layers of a backbone that was built for images of `size` pixels a side, from the input to the output.

    Attributes:
        size: The pixels a side.
        names: The layers' names.
        multiply_adds: The multiplications of each layer for one image, in inference.
        weights: The number of weights of each layer.
        output: The shape of the network's output for one image.
        block: The pattern that groups layers into blocks, as its row of `BACKBONES` has it.
    """

    size: int
    names: tuple[str, ...]
    multiply_adds: tuple[int, ...]
    weights: tuple[int, ...]
    output: tuple[int, ...]
    block: str

    def last(self, unfreeze: int | str) -> tuple[int, int]:
        """Return the multiplications for one image and the weights of the layers that `unfreeze` means."""
        count = number_of_layers(self.names, unfreeze, self.block)
        first = 0 if count == "all" else max(0, len(self.names) - int(count))
        return sum(self.multiply_adds[first:]), sum(self.weights[first:])


def layer_costs(network: keras.Model, layers: list[keras.layers.Layer], block: str) -> LayerCosts:
    """Return what a network's layers cost; every kernel is applied once at each place of its layer's output."""
    return LayerCosts(
        size=network.input_shape[1],
        names=tuple(layer.name for layer in layers),
        multiply_adds=tuple(_multiply_adds(layer) for layer in layers),
        weights=tuple(layer.count_params() for layer in layers),
        output=tuple(network.output_shape[1:]),
        block=block,
    )


def number_of_layers(
    names: list[str] | tuple[str, ...], unfreeze: int | str, block: str
) -> int | str:
    """Return how many last layers `unfreeze` means, or `"all"`.

    A block ends with the last layer of its name: the first group that the pattern `block` finds at the beginning of a
    layer's name. What stands between two ends belongs to the later block, what follows the last end to the last one.
    Blocks are counted from the output; as many as there are, or more, are everything. A share, such as `"40%"`, is
    rounded to whole layers, but never to none.
    """
    if not isinstance(unfreeze, str) or unfreeze == "all":
        return unfreeze
    number = float(unfreeze.rstrip("%").split()[0])
    if unfreeze.endswith("%"):
        return max(1, round(len(names) * number / 100))
    ends = _block_ends(names, block)
    return "all" if number >= len(ends) else len(names) - 1 - ends[-1 - int(number)]


def _block_ends(names: list[str] | tuple[str, ...], block: str) -> list[int]:
    """Return where each block's last layer stands, in order."""
    found = [(re.match(block, name), position) for position, name in enumerate(names)]
    return sorted({match[1]: position for match, position in found if match}.values())


def _multiply_adds(layer: keras.layers.Layer) -> int:
    places = math.prod(layer.output.shape[1:-1])
    return places * sum(math.prod(w.shape) for w in layer.weights if len(w.shape) > 1)
