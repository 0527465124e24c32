"""One model of several fitted classifiers: images of one size in, the weighted mean of their probabilities out.

Members of another size than the largest resize the images inside, and members on the same frozen backbone share its
pass.
"""

import keras
import numpy as np

from ..backbones.backbone import feature_map, mirror
from .assemble import Estimator, assemble, classify, named_features


class EnsembleBuilder:
    """Builds one model of fitted classifiers, member by member.

    The model maps pixels 0..255, float32 (N, size, size, 3), to probabilities (N, C). It is made of stock Keras layers
    and loads without this project.

    Args:
        size: pixels a side of the images, the largest of the members' sizes.
    """

    def __init__(self, size: int):
        self._pixels = keras.Input((size, size, 3), name="pixels")
        self._resized: dict[int, keras.KerasTensor] = {size: self._pixels}
        self._backbones: dict[tuple, keras.Model] = {}
        self._passes: dict[tuple, keras.KerasTensor] = {}
        self._features: dict[tuple, keras.KerasTensor] = {}
        self._parts: list[keras.KerasTensor] = []

    def add(self, estimator: Estimator, weight: float) -> None:
        """Add a fitted classifier, whose weights are copied: what it was fitted with may be fitted again.

        Args:
            estimator: the member.
            weight: its share in the mean; those of all members add up to 1.
        """
        number = len(self._parts) + 1
        probabilities = self._member(estimator, f"member_{number}")
        share = keras.layers.Rescaling(float(weight), name=f"weight_{number}")
        self._parts.append(share(probabilities))

    def model(self) -> keras.Model:
        """Return the weighted mean of the members as one model."""
        mean = keras.layers.Add(name="probabilities")(self._parts)
        return keras.Model(self._pixels, mean, name="ensemble")

    def _member(self, estimator: Estimator, name: str) -> keras.KerasTensor:
        recipe = estimator.recipe
        images = self._images(recipe.image_size)
        if recipe.unfrozen != 0:
            return assemble(estimator, name)(images)
        features = self._features_of(estimator, images)
        own = keras.Input(features.shape[1:], name="features")
        return keras.Model(own, classify(estimator, own), name=name)(features)

    def _features_of(self, estimator: Estimator, images: keras.KerasTensor) -> keras.KerasTensor:
        """Return the features that members on the same frozen backbone share, `features_layer` of their place."""
        key = seen_by(estimator)
        if key not in self._features:
            found = self._pass(estimator, images, turned=False)
            if estimator.recipe.mirrored:
                turned = self._pass(estimator, images, turned=True)
                found = keras.layers.Average()([found, turned])
            self._features[key] = named_features(found, len(self._features) + 1)
        return self._features[key]

    def _pass(
        self, estimator: Estimator, images: keras.KerasTensor, *, turned: bool
    ) -> keras.KerasTensor:
        """Return a frozen backbone's features of images, or of their mirror images; members share both."""
        shape = seen_by(estimator)[:-1]
        if shape not in self._backbones:
            own = keras.Input(images.shape[1:], name="pixels")
            found = feature_map(estimator.base, own, mirrored=False)
            name = f"features_{len(self._backbones) + 1}"
            self._backbones[shape] = keras.Model(own, found, name=name)
        if (shape, turned) not in self._passes:
            seen = mirror(images) if turned else images
            self._passes[shape, turned] = self._backbones[shape](seen)
        return self._passes[shape, turned]

    def _images(self, size: int) -> keras.KerasTensor:
        if size not in self._resized:
            self._resized[size] = _smaller(self._pixels, size)
        return self._resized[size]


def seen_by(estimator: Estimator) -> tuple:
    """Return what decides the features of an estimator's frozen backbone."""
    recipe = estimator.recipe
    return (
        recipe.backbone,
        recipe.image_size,
        estimator.weights,
        recipe.architecture,
        recipe.mirrored,
    )


def _smaller(images: keras.KerasTensor, size: int) -> keras.KerasTensor:
    """Resize square images (N, s, s, 3) as decoding does: bilinear, over all pixels that a smaller one covers.

    Two matrix products are the same on every backend and in every export, which Keras's own resizing is not.
    """
    kernel = bilinear_kernel(images.shape[1], size)
    rows = _product("bhwc,hr->brwc", (size, images.shape[2], 3), f"resize_rows_{size}")
    columns = _product("bhwc,wr->bhrc", (size, size, 3), f"resize_columns_{size}")
    resized = columns(rows(images))
    for layer in (rows, columns):
        layer.set_weights([kernel])
    return resized


def _product(equation: str, shape: tuple[int, ...], name: str) -> keras.layers.EinsumDense:
    return keras.layers.EinsumDense(equation, output_shape=shape, trainable=False, name=name)


def bilinear_kernel(length: int, smaller: int) -> np.ndarray:
    """Return the weights that make fewer pixels of a row, float32 (length, smaller), as Pillow's bilinear filter."""
    scale = length / smaller
    centres = (np.arange(smaller) + 0.5) * scale
    distance = np.abs(np.arange(length)[:, None] + 0.5 - centres[None]) / scale
    weights = np.maximum(0.0, 1.0 - distance)
    return (weights / weights.sum(axis=0)).astype(np.float32)
