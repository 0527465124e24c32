"""Dropout and L2 whose strengths are variables, so that trials that differ in them share one compiled network."""

import keras


class RegularizationStrengths:
    """The strengths that one network's layers read while they run.

    It is no Keras object on purpose: its variables must not count as weights of the layers that hold it.
    """

    def __init__(self):
        self.dropout = keras.Variable(0.0, trainable=False, dtype="float32", name="dropout")
        self.scale = keras.Variable(1.0, trainable=False, dtype="float32", name="dropout_scale")
        self.l2 = keras.Variable(0.0, trainable=False, dtype="float32", name="l2")

    def set(self, *, dropout: float, l2: float) -> None:
        """Set both strengths."""
        self.dropout.assign(dropout)
        self.scale.assign(1 / (1 - dropout))
        self.l2.assign(l2)


class VariableDropout(keras.layers.Layer):
    """`keras.layers.Dropout` with a variable rate; the same seed state drops the same values."""

    def __init__(self, strengths: RegularizationStrengths, seed: int, **options):
        super().__init__(**options)
        self._strengths = strengths
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Drop a share of the inputs in training, and scale the rest."""
        if not training:
            return inputs
        shape = keras.ops.shape(inputs)
        noise = keras.random.uniform(shape, dtype=inputs.dtype, seed=self.seed_generator)
        is_kept = keras.ops.greater_equal(noise, self._strengths.dropout.value)
        return keras.ops.where(is_kept, inputs * self._strengths.scale.value, 0.0)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape


class VariableL2(keras.regularizers.Regularizer):
    """`keras.regularizers.L2` with a variable strength."""

    def __init__(self, strengths: RegularizationStrengths):
        self._strengths = strengths

    def __call__(self, x):
        """Return the penalty of a kernel, a scalar."""
        return self._strengths.l2.value * keras.ops.sum(keras.ops.square(x))
