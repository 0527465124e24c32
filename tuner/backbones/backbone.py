"""Builds a backbone of the table: its layers, its weights, and how pixels become its input."""

import hashlib
import importlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from ...search_spaces import BACKBONES, Backbone, Value
from ..errors import SearchError
from .freeze_boundary import Cut, count_layers, cut, listed_layers
from .layer_costs import LayerCosts, layer_costs
from .packages import import_package
from .weights import SHIPPED, weights_file

_IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
# Of pixels 0..1.
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Base:
    """A built backbone.

    `network` maps preprocessed images, float32 (N, size, size, 3), to the output that its row states: the last feature
    map (N, h, w, c), one vector an image (N, F), or two tokens an image (N, 2, width). `architecture` are the builder's
    arguments that a recipe chose.
    """

    row: Backbone
    network: keras.Model
    weights: str
    architecture: tuple[tuple[str, Value], ...] = ()
    _cuts: dict[int | str, Cut] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Return the pixels a side that the network was built for."""
        return self.network.input_shape[1]

    @cached_property
    def digest(self) -> str:
        """Return a digest of the weights' values: the same values from another file are the same backbone."""
        name = f"{self.row.name}{self.architecture}" if self.architecture else self.row.name
        digest = hashlib.sha256(name.encode())
        for array in self.network.get_weights():
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    @property
    def costs(self) -> LayerCosts:
        """Return what the network's layers cost in arithmetic."""
        return layer_costs(self.network, listed_layers(self.network), self.row.block)

    def cut(self, unfreeze: int | str) -> Cut:
        """Return the network cut before what `unfreeze` means; each cut is made once."""
        layers = self.count_layers(unfreeze)
        if layers not in self._cuts:
            self._cuts[layers] = cut(self.network, layers)
        return self._cuts[layers]

    def count_layers(self, unfreeze: int | str) -> int | str:
        """Return how many last layers a value of the hyperparameter `unfreeze` means, or `"all"`."""
        return count_layers(self.network, unfreeze, self.row.block)


def build_base(
    name: str, image_size: int, weights: str, architecture: tuple[tuple[str, Value], ...] = ()
) -> Base:
    """Build a backbone without its top.

    Args:
        name: a name of `BACKBONES`.
        image_size: pixels a side.
        weights: `"imagenet"` (the pretrained weights, downloaded by Keras), `"none"` (random, the same each time), or
            a folder that holds the backbone's file; a network from scratch takes none.
        architecture: the builder's arguments that a recipe chose, `Recipe.architecture`.

    Raises:
        SearchError: the file is missing or does not fit, the download fails, or a package is not installed.
    """
    row = BACKBONES[name]
    if row.package:
        import_package(row.package)
    keras.utils.set_random_seed(0)
    module, function = row.builder.split(":")
    builder = getattr(importlib.import_module(module), function)
    arguments = {"include_top": False, "input_shape": (image_size, image_size, 3), **row.arguments}
    arguments |= dict(architecture)
    if weights == "none" or row.from_scratch:
        network = builder(weights=None, **arguments)
    elif weights == "imagenet":
        network = _download(builder, row, arguments)
    else:
        network = _load(builder, row, arguments, weights_file(row, weights))
    network.trainable = False
    return Base(row, network, weights, architecture)


def preprocess(row: Backbone, pixels):
    """Map pixels 0..255 RGB, (N, size, size, 3), to the network's input with stock Keras layers."""
    if row.preprocessing == "tf":
        return keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocess")(pixels)
    if row.preprocessing == "torch":
        return keras.layers.Rescaling(
            [1 / (255 * deviation) for deviation in _IMAGENET_DEVIATION],
            offset=[-m / d for m, d in zip(_IMAGENET_MEAN, _IMAGENET_DEVIATION, strict=True)],
            name="preprocess",
        )(pixels)
    if row.preprocessing == "caffe":
        # Gathered, as in `mirror`.
        flipped = keras.ops.take(pixels, [2, 1, 0], axis=-1)
        mean = keras.layers.Normalization(
            mean=_IMAGENET_MEAN_BGR, variance=(1.0, 1.0, 1.0), name="preprocess"
        )
        return mean(flipped)
    return pixels


def mirror(images):
    """Swap left and right of images or feature maps, (N, h, w, c)."""
    # Gathered, not reversed: converters to LiteRT quantise a gather right, and a reverse wrong.
    return keras.ops.take(images, list(reversed(range(images.shape[2]))), axis=2)


def feature_map(base: Base, pixels, *, mirrored: bool):
    """Return the last feature map of pixels 0..255 RGB, (N, size, size, 3), or the vectors of a network without one.

    A mirrored one is the mean of the image's and its mirror image's.
    """
    scaled = preprocess(base.row, pixels)
    straight = base.network(scaled)
    if not mirrored:
        return straight
    return keras.layers.Average(name="views")([straight, base.network(mirror(scaled))])


def _load(builder, row: Backbone, arguments: dict, path: Path) -> keras.Model:
    try:
        if row.output == "tokens":
            return builder(weights=path, **arguments)
        network = builder(weights=None, **arguments)
        network.load_weights(path)
        return network
    except (ValueError, KeyError, OSError) as error:
        raise SearchError(
            f"The weights file {path} does not fit {row.name} with{'' if row.output == 'vector' else 'out'} its top: "
            f"{' '.join(str(error).split())[:200]}"
        ) from error


def _download(builder, row: Backbone, arguments: dict) -> keras.Model:
    if row.shipped:
        return _load(builder, row, arguments, SHIPPED / row.weights_files[0])
    native = {**arguments, "input_shape": (row.image_size, row.image_size, 3)}
    try:
        if row.output != "vector" or arguments == native:
            return builder(weights="imagenet", **arguments)
        # With its top, Keras gives the weights at the native size alone; they fit every size.
        network = builder(weights=None, **arguments)
        network.set_weights(builder(weights="imagenet", **native).get_weights())
        return network
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise SearchError(
            f"Could not download the {row.pretrained_on} weights of {row.name} ({' '.join(str(error).split())[:160]}); "
            f"use --weights DIR with the file {' or '.join(row.weights_files)}, or --weights none."
        ) from error
