"""Standard scaling of pixels: each channel to mean 0 and deviation 1 over the training images."""

import keras
import numpy as np

# Of a channel that never changes, nothing but zeros can be made.
_SMALLEST_DEVIATION = 1e-3


class PixelScaling(keras.layers.Layer):
    """Subtracts a mean and divides by a deviation, of three channels each, which are weights that no step changes.

    A compiled network serves trainings on other images with other values; in the finished classifier stands a
    `keras.layers.Normalization` with the same ones.
    """

    def __init__(self, **options):
        super().__init__(**options)
        self.mean = self.add_weight(shape=(3,), initializer="zeros", trainable=False, name="mean")
        self.deviation = self.add_weight(
            shape=(3,), initializer="ones", trainable=False, name="deviation"
        )

    def call(self, pixels):
        """Scale pixels, (N, h, w, 3)."""
        return (keras.ops.cast(pixels, self.compute_dtype) - self.mean) / self.deviation

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def set(self, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Take what `channel_statistics` returned."""
        self.mean.assign(mean)
        self.deviation.assign(np.maximum(deviation, _SMALLEST_DEVIATION))

    def finished(self) -> keras.layers.Normalization:
        """Return the same scaling as a stock layer with these values."""
        mean, deviation = (keras.ops.convert_to_numpy(w) for w in (self.mean, self.deviation))
        return keras.layers.Normalization(
            mean=tuple(map(float, mean)),
            variance=tuple(map(float, deviation.astype(np.float64) ** 2)),
            name="preprocess",
        )


def channel_statistics(windows) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of each channel, float64 (3,), over windows of pixels (n, h, w, 3), read one by one."""
    count, sums, squares = 0, np.zeros(3), np.zeros(3)
    for pixels in windows:
        values = np.asarray(pixels, dtype=np.float64).reshape(-1, 3)
        count += len(values)
        sums += values.sum(axis=0)
        squares += (values**2).sum(axis=0)
    mean = sums / count
    return mean, np.sqrt(np.maximum(squares / count - mean**2, 0))
