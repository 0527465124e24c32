"""What a trial trains on: the activations at its freeze boundary, computed once for all images.

With `unfreeze` 0 that is the last feature map (averaged already where the recipe pools by average), with n
the tensors that cross into the last n layers, with `all` the decoded pixels. Augmented images are computed
as stored views; with everything unfrozen they are made as they are needed, a new one each epoch.

Stored activations cost disk and save the prefix's arithmetic at every step, so they are stored wherever they fit: when
those of one recipe, its views included, take more than half of the cache's limit, the pixels are kept instead and the
prefix runs again in every epoch.
"""

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Literal

import keras
import numpy as np

from ...datasets import OWN_RANGE, GrayScale, augment, decode_all, stack_batches
from ...search_spaces import Recipe, required
from ..backbones.backbone import Base, feature_map, preprocess
from ..backbones.inference import compiled_pass
from .cache import FeatureCache
from .inputs import Features, LivePixels, RecomputedFeatures, pass_batch

Progress = Callable[[str, int, int], None]
# The images as they are, an augmented view, or the mirror images.
View = int | Literal["mirrored"] | None
# Returns the inputs of a view, in batches of a size.
Batches = Callable[[View, int], Iterator[list[np.ndarray]]]
_VIEWS_SEED = 0


@dataclass(frozen=True)
class ImageFiles:
    """The images that features are computed for: paths and digests of their bytes, N each, and their gray scale."""

    paths: tuple[Path, ...]
    digests: tuple[str, ...]
    gray: GrayScale = OWN_RANGE

    def __len__(self) -> int:
        return len(self.paths)

    @cached_property
    def digest(self) -> str:
        """Return one digest of all images, in their order."""
        return hashlib.sha256("".join(self.digests).encode()).hexdigest()


class FeatureSource:
    """Makes features for one set of images, through the cache.

    `seed` decides augmentation that is made anew in each epoch. Stored views are the same with any seed: another study
    finds them in the cache. `seconds` is how long what was missing in the cache took.
    """

    def __init__(self, images: ImageFiles, cache: FeatureCache, *, seed: int, progress: Progress):
        self.images, self._cache, self._seed = images, cache, seed
        self._progress, self.seconds = progress, 0.0

    def features(self, recipe: Recipe, base: Base, unfreeze: int | str) -> Features:
        """Return the inputs of a recipe at the boundary that leaves the last `unfreeze` layers out.

        Where it predicts from mirror images too, those of a frozen backbone are averaged into the features, and those
        of a trained one are inputs of their own. The frozen backbone's features for a recipe that trains its last
        layers go on from those at the recipe's boundary: what lies before it runs once.
        """
        if base.cut(unfreeze).prefix is None:
            return self._live(recipe, views=None)
        pooled, averaged = is_pooled(recipe, unfreeze), is_averaged(recipe)
        apart = recipe.mirrored and not averaged
        dtype = np.dtype(recipe.feature_dtype or "float32")
        size = _outputs_size(base, unfreeze, pooled=pooled) * dtype.itemsize
        model = cache(lambda: prefix_model(base, unfreeze, pooled=pooled, mirrored=averaged))
        if size * len(self.images) * (1 + (recipe.views or 0) + apart) > self._cache.limit / 2:
            return RecomputedFeatures(self._live(recipe, views=recipe.views), model(), size)
        content = {
            "backbone": recipe.backbone,
            "weights": base.digest,
            "unfreeze": base.count_layers(unfreeze),
            "pooled": pooled,
            "dtype": dtype.name,
            "averaged": averaged,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            **self._content(recipe.image_size, recipe.resize),
        }
        batches = partial(self._pixel_batches, recipe)
        title = f"{recipe.backbone} features at {recipe.image_size} px"
        if unfreeze:
            title += f" before the last {base.count_layers(unfreeze)} layers"
        elif recipe.unfrozen and base.cut(recipe.unfrozen).prefix is not None:
            content["after"] = base.count_layers(recipe.unfrozen)
            boundary = self.features(recipe, base, recipe.unfrozen)
            batches = partial(self._boundary_batches, boundary)
            model = cache(lambda: suffix_model(base, recipe.unfrozen, pooled=pooled))
            title += f" after the last {content['after']} layers"

        def run(view: View) -> list[np.ndarray]:
            own, name = dict(content), title
            if view == "mirrored":
                own["mirrored"], name = True, f"{title}, mirror images"
            elif view is not None:
                own |= {"augment": recipe.augment, "view": view, "seed": _VIEWS_SEED}
                name = f"{title}, view {view + 1} of {recipe.views}"
            return self._cache.get(
                own,
                len(self.images),
                lambda: self._run(model(), batches, view, name, dtype, pass_batch(base.size)),
            )

        return Features(
            run(None),
            [cache(partial(run, view)) for view in range(recipe.views or 0)],
            cache(partial(run, "mirrored")) if apart else None,
        )

    def _live(self, recipe: Recipe, views: int | None) -> LivePixels:
        pixels = self._pixels(recipe.image_size, recipe.resize)
        # The mirror images of a frozen backbone are made within its prefix.
        apart = recipe.mirrored and not is_averaged(recipe)
        seed = self._seed if views is None else _VIEWS_SEED
        return LivePixels(pixels, recipe.augment or "none", seed, views, mirrored=apart)

    def _content(self, size: int, resize: str) -> dict:
        gray = {"gray": self.images.gray.as_dict()} if self.images.gray else {}
        return {"images": self.images.digest, "size": size, "resize": resize, **gray}

    def _run(
        self,
        model: keras.Model,
        batches: Batches,
        view: View,
        title: str,
        dtype: np.dtype,
        most: int,
    ):
        done, total = 0, len(self.images)
        earlier, started = self.seconds, time.perf_counter()
        # Batches of one size, since the last one is filled up: 40 images are twice 20, not 32 and 8.
        size = math.ceil(total / math.ceil(total / most))
        run = compiled_pass(model, size, total)
        for batch in batches(view, size):
            outputs = run(batch)
            yield [array.astype(dtype, copy=False) for array in outputs]
            done += len(batch[0])
            self._progress(title, done, total)
        # A pass over features at a boundary includes the pass that makes them.
        self.seconds = earlier + time.perf_counter() - started

    def _pixel_batches(self, recipe: Recipe, view: View, size: int) -> Iterator[list[np.ndarray]]:
        if isinstance(view, int):
            images = self._augmented(recipe, view)
        else:
            images = self._decoded(recipe.image_size, recipe.resize)
            if view == "mirrored":
                images = (image[:, ::-1] for image in images)
        return ([batch] for batch in stack_batches(images, size))

    def _boundary_batches(
        self, boundary: Features, view: View, size: int
    ) -> Iterator[list[np.ndarray]]:
        for start in range(0, len(self.images), size):
            indices = np.arange(start, min(start + size, len(self.images)))
            if isinstance(view, int):
                yield boundary.for_training(indices, view)
            else:
                yield boundary.for_prediction(indices)[1 if view == "mirrored" else 0]

    def _decoded(self, size: int, resize: str) -> Iterator[np.ndarray]:
        yield from decode_all(self.images.paths, size, resize, gray=self.images.gray)

    def _augmented(self, recipe: Recipe, view: int) -> Iterator[np.ndarray]:
        pixels = self._pixels(recipe.image_size, recipe.resize)
        strength = required(recipe.augment)
        for i, image in enumerate(pixels):
            yield augment(image, strength, seed=_VIEWS_SEED, image=i, view=view)

    def _pixels(self, size: int, resize: str) -> np.ndarray:
        def compute():
            done = 0
            for batch in stack_batches(self._decoded(size, resize), pass_batch(size)):
                yield [batch]
                done += len(batch)
                self._progress("decoding images", done, len(self.images))

        content = {"pixels": True, **self._content(size, resize)}
        return self._cache.get(content, len(self.images), compute)[0]


def is_pooled(recipe: Recipe, unfreeze: int | str) -> bool:
    """Say whether features are stored averaged: nothing of the backbone follows, and the head averages first.

    CutMix needs the maps, to put a part of one image into another.
    """
    return unfreeze == 0 and recipe.pooling == "gap" and recipe.mix != "cutmix"


def token_slice(recipe: Recipe) -> slice:
    """Return which of a transformer's two tokens the recipe uses: the class token, the patches' mean, or both."""
    used = {"class": slice(0, 1), "mean": slice(1, 2), "both": slice(0, 2)}
    return used[required(recipe.token_pooling)]


def is_averaged(recipe: Recipe) -> bool:
    """Say whether features are averaged over an image and its mirror image: nothing of the backbone is trained."""
    return recipe.mirrored and recipe.unfrozen == 0


def prefix_model(
    base: Base, unfreeze: int | str, *, pooled: bool, mirrored: bool = False
) -> keras.Model:
    """Return pixels (N, size, size, 3) to the list of tensors at the boundary.

    They are averaged over space if pooled, and over the image and its mirror image if mirrored, which only the last
    feature map can be.
    """
    pixels = keras.Input((base.size, base.size, 3), name="pixels")
    if mirrored:
        outputs = [feature_map(base, pixels, mirrored=True)]
    else:
        outputs = keras.tree.flatten(_prefix(base, unfreeze)(preprocess(base.row, pixels)))
    if pooled:
        outputs = [keras.layers.GlobalAveragePooling2D()(x) for x in outputs]
    return keras.Model(pixels, outputs)


def suffix_model(base: Base, unfreeze: int | str, *, pooled: bool) -> keras.Model:
    """Return the tensors at a boundary to the last feature map in a list, averaged over space if pooled."""
    suffix = base.cut(unfreeze).suffix
    if suffix is None:
        raise ValueError(f"With unfreeze {unfreeze!r} nothing of {base.row.name} is trained.")
    inputs = [keras.Input(x.shape[1:]) for x in suffix.inputs]
    features = suffix(inputs)
    if pooled:
        features = keras.layers.GlobalAveragePooling2D()(features)
    return keras.Model(inputs, [features])


def _prefix(base: Base, unfreeze: int | str) -> keras.Model:
    prefix = base.cut(unfreeze).prefix
    if prefix is None:
        raise ValueError(f"With unfreeze {unfreeze!r} nothing of {base.row.name} stays frozen.")
    return prefix


def _outputs_size(base: Base, unfreeze: int | str, *, pooled: bool) -> int:
    """Return how many numbers an image has at a boundary."""
    shapes = [tensor.shape[1:] for tensor in _prefix(base, unfreeze).outputs]
    return shapes[0][-1] if pooled else sum(math.prod(shape) for shape in shapes)
