"""What a trial trains on: the activations at its freeze boundary, computed once for all pictures.

With `unfreeze` 0 that is the last feature map (averaged already where the recipe pools by average), with n
the tensors that cross into the last n layers, with `all` the decoded pixels. Augmented pictures are computed
as stored views; with everything unfrozen they are made as they are needed, a new one each epoch.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import keras
import numpy as np

from ..datasets import augment, decode_all
from ..search_spaces import Recipe
from .backbone import Base, preprocess
from .feature_cache import FeatureCache
from .runners import predict_batch

BATCH = 32
# What one call of a compiled function is fed at the most.
WINDOW_BYTES = 64 * 2**20
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Pictures:
    """The pictures that features are computed for: paths and digests of their bytes, N each."""

    paths: tuple[Path, ...]
    digests: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.paths)


class Features:
    """Inputs at one boundary for N pictures.

    `clean` and each of `views` are lists of arrays (N, ...), one for each crossing tensor.
    """

    def __init__(self, clean: list[np.ndarray], views: list[list[np.ndarray]]):
        self.clean = clean
        self._views = views

    @property
    def window(self) -> int:
        """Return how many pictures to take into memory at once, 1 or more."""
        picture = sum(array.nbytes // max(1, len(array)) for array in self.clean)
        return max(1, WINDOW_BYTES // max(1, picture))

    def of(self, indices: np.ndarray) -> list[np.ndarray]:
        """Return the inputs of pictures as they are, for validation and prediction."""
        return [array[indices] for array in self.clean]

    def for_training(self, indices: np.ndarray, epoch: int) -> list[np.ndarray]:
        """Return the inputs of pictures as epoch `epoch` (from 0) sees them."""
        views = self._views or [self.clean]
        return [array[indices] for array in views[epoch % len(views)]]


class LivePixels(Features):
    """Decoded pixels, uint8 (N, size, size, 3), augmented anew each epoch."""

    def __init__(self, pixels: np.ndarray, strength: str, seed: int):
        super().__init__([pixels], [])
        self._strength, self._seed = strength, seed

    def for_training(self, indices: np.ndarray, epoch: int) -> list[np.ndarray]:
        """Return the pixels as epoch `epoch` sees them."""
        pixels = self.clean[0]
        if self._strength == "none":
            return [pixels[indices]]
        changed = [
            augment(pixels[i], self._strength, seed=self._seed, picture=int(i), view=epoch)
            for i in indices
        ]
        return [np.stack(changed)]


class FeatureSource:
    """Makes features for one set of pictures, through the cache.

    `seed` decides the augmented views.
    """

    def __init__(self, pictures: Pictures, cache: FeatureCache, *, seed: int, progress: Progress):
        self.pictures, self._cache, self._seed = pictures, cache, seed
        self._progress = progress

    def features(self, recipe: Recipe, base: Base, unfreeze: int | str) -> Features:
        """Return the inputs of a recipe at the boundary that leaves the last `unfreeze` layers out."""
        if base.cut(unfreeze).prefix is None:
            pixels = self._pixels(recipe.image_size, recipe.resize)
            return LivePixels(pixels, recipe.augment, self._seed)
        pooled = is_pooled(recipe, unfreeze)
        model = cache(lambda: prefix_model(base, unfreeze, pooled=pooled))
        content = {
            "backbone": recipe.backbone,
            "weights": base.digest,
            "unfreeze": unfreeze,
            "pooled": pooled,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            **self._content(recipe.image_size, recipe.resize),
        }
        views = [] if recipe.views is None else list(range(recipe.views))
        return Features(
            self._pass(recipe, model, content, None),
            [self._pass(recipe, model, content, view) for view in views],
        )

    def _content(self, size: int, resize: str) -> dict:
        return {"pictures": list(self.pictures.digests), "size": size, "resize": resize}

    def _pass(
        self, recipe: Recipe, model: Callable[[], keras.Model], content: dict, view: int | None
    ):
        if view is None:
            source = self._decoded(recipe.image_size, recipe.resize)
            title = f"{recipe.backbone} features"
        else:
            content = {**content, "augment": recipe.augment, "view": view, "seed": self._seed}
            source = self._augmented(recipe, view)
            title = f"{recipe.backbone} features, view {view + 1} of {recipe.views}"
        return self._cache.get(
            content, len(self.pictures), lambda: self._run(model(), source, title)
        )

    def _run(self, model: keras.Model, source: Iterator[np.ndarray], title: str):
        done, total = 0, len(self.pictures)
        # Batches of one size, since the last one is filled up: 40 pictures are twice 20, not 32 and 8.
        size = math.ceil(total / math.ceil(total / BATCH))
        for batch in batches_of(source, size):
            yield predict_batch(model, [batch], size)
            done += len(batch)
            self._progress(title, done, total)

    def _decoded(self, size: int, resize: str) -> Iterator[np.ndarray]:
        yield from decode_all(self.pictures.paths, size, resize)

    def _augmented(self, recipe: Recipe, view: int) -> Iterator[np.ndarray]:
        pixels = self._pixels(recipe.image_size, recipe.resize)
        for i, picture in enumerate(pixels):
            yield augment(picture, recipe.augment, seed=self._seed, picture=i, view=view)

    def _pixels(self, size: int, resize: str) -> np.ndarray:
        def compute():
            done = 0
            for batch in batches_of(self._decoded(size, resize), BATCH):
                yield [batch]
                done += len(batch)
                self._progress("decoding pictures", done, len(self.pictures))

        content = {"pixels": True, **self._content(size, resize)}
        return self._cache.get(content, len(self.pictures), compute)[0]


def is_pooled(recipe: Recipe, unfreeze: int | str) -> bool:
    """Say whether features are stored averaged: nothing of the backbone follows, and the head averages first."""
    return unfreeze == 0 and recipe.pooling == "gap"


def prefix_model(base: Base, unfreeze: int | str, *, pooled: bool) -> keras.Model:
    """Return pixels (N, size, size, 3) to the list of tensors at the boundary, averaged over space if pooled."""
    pixels = keras.Input((base.size, base.size, 3), name="pixels")
    outputs = keras.tree.flatten(base.cut(unfreeze).prefix(preprocess(base.row, pixels)))
    if pooled:
        outputs = [keras.layers.GlobalAveragePooling2D()(x) for x in outputs]
    return keras.Model(pixels, outputs)


def batches_of(pictures: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Stack pictures into batches of `size`, the last one possibly smaller."""
    batch = []
    for picture in pictures:
        batch.append(picture)
        if len(batch) == size:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)
