"""The inputs at a freeze boundary: stored activations, live pixels, or activations computed at each use."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from ...datasets import augment
from ..backbones.inference import predict_batch

_MOST_IN_BATCH = 32
# Larger batches take memory and, on a processor, save no time.
_PIXELS_IN_BATCH = 16 * 224**2
# What one call of a compiled function is fed at the most.
WINDOW_BYTES = 64 * 2**20


class Features:
    """Inputs at one boundary for N images.

    `clean` and what `views` and `mirrored` return are lists of arrays (N, ...), one for each crossing tensor. An
    augmented view is asked for in the first epoch that trains on it, mirror images when something is first predicted
    from them.
    """

    def __init__(
        self,
        clean: list[np.ndarray],
        views: Sequence[Callable[[], list[np.ndarray]]] = (),
        mirrored: Callable[[], list[np.ndarray]] | None = None,
    ):
        self._clean, self._views, self._mirrored = clean, views, mirrored

    @property
    def window(self) -> int:
        """Return how many images to take into memory at once, 1 or more."""
        return _window(sum(array.nbytes // max(1, len(array)) for array in self._clean))

    def for_inference(self, indices: np.ndarray) -> list[np.ndarray]:
        """Return the inputs of images as they are, a list of arrays (n, ...); `indices` is int64 (n,)."""
        return [_take(array, indices) for array in self._clean]

    def for_prediction(self, indices: np.ndarray) -> list[list[np.ndarray]]:
        """Return the inputs of each view that a prediction averages: of the images, and of their mirror images."""
        if self._mirrored is None:
            return [self.for_inference(indices)]
        return [self.for_inference(indices), [_take(array, indices) for array in self._mirrored()]]

    def for_training(self, indices: np.ndarray, epoch: int) -> list[np.ndarray]:
        """Return the inputs of images as epoch `epoch` (from 0) sees them, a list of arrays (n, ...)."""
        if not self._views:
            return self.for_inference(indices)
        view = self._views[epoch % len(self._views)]
        return [_take(array, indices) for array in view()]


class LivePixels(Features):
    """Decoded pixels, uint8 (N, size, size, 3), augmented as they are needed: anew each epoch, or in `views` turns."""

    def __init__(
        self,
        pixels: np.ndarray,
        strength: str,
        seed: int,
        views: int | None = None,
        *,
        mirrored: bool = False,
    ):
        # A view of the same memory, read backwards.
        super().__init__([pixels], mirrored=(lambda: [pixels[:, :, ::-1]]) if mirrored else None)
        self._strength, self._seed, self._turns = strength, seed, views

    def for_training(self, indices: np.ndarray, epoch: int) -> list[np.ndarray]:
        """Return the pixels as epoch `epoch` sees them."""
        pixels = self._clean[0]
        if self._strength == "none":
            return [pixels[indices]]
        view = epoch % self._turns if self._turns else epoch
        changed = [
            augment(pixels[i], self._strength, seed=self._seed, image=int(i), view=view)
            for i in indices
        ]
        return [np.stack(changed)]


class RecomputedFeatures(Features):
    """Activations that are too large to store: the prefix runs on kept pixels whenever they are needed."""

    def __init__(self, pixels: LivePixels, model: keras.Model, size: int):
        super().__init__([])
        self._pixels, self._model, self._size = pixels, model, size

    @property
    def window(self) -> int:
        """Return how many images to take into memory at once, 1 or more."""
        return min(self._pixels.window, _window(self._size))

    def for_inference(self, indices: np.ndarray) -> list[np.ndarray]:
        """Run the prefix on images as they are."""
        return self._forward(self._pixels.for_inference(indices)[0])

    def for_prediction(self, indices: np.ndarray) -> list[list[np.ndarray]]:
        """Run the prefix on each view that a prediction averages."""
        return [self._forward(view[0]) for view in self._pixels.for_prediction(indices)]

    def for_training(self, indices: np.ndarray, epoch: int) -> list[np.ndarray]:
        """Run the prefix on images as epoch `epoch` sees them."""
        return self._forward(self._pixels.for_training(indices, epoch)[0])

    def _forward(self, pixels: np.ndarray) -> list[np.ndarray]:
        size = pass_batch(self._model.input_shape[1])
        parts = [
            predict_batch(self._model, [pixels[i : i + size]], size)
            for i in range(0, len(pixels), size)
        ]
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def pass_batch(size: int) -> int:
    """Return how many images of `size` pixels a side a frozen pass takes at once."""
    return max(1, min(_MOST_IN_BATCH, _PIXELS_IN_BATCH // size**2))


def _window(size: int) -> int:
    return max(1, WINDOW_BYTES // max(1, size))


def _take(array: np.ndarray, indices: np.ndarray) -> np.ndarray:
    rows = array[indices]
    return rows.astype(np.float32) if rows.dtype == np.float16 else rows
