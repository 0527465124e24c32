"""Heads of one shape that train side by side in one compiled call: every weight has a first axis of members.

A step of a small head is hardly arithmetic, nearly all of it is the cost of calling operations. Side by side, ten heads
cost little more than one. Each member's epoch is what it would be alone: its own batches, dropout, rate and penalty.
"""

import keras
import numpy as np
import tensorflow as tf

from .variable_regularization import RegularizationStrengths, VariableDropout


class StackedHead:
    """Trains `members` heads that have the layers of one Keras head, on TensorFlow.

    Args:
        stack: the head's layers after pooling: dense layers, activations, dropout and fixed scaling.
        strengths: the strengths of dropout and of the L2 penalty, which all members share.
        penalised: whether the kernels have the L2 penalty.
        optimizer: a new optimizer of the kind that trains the head.
        members: the number of heads.
    """

    def __init__(
        self,
        stack: list[keras.layers.Layer],
        strengths: RegularizationStrengths,
        penalised: bool,
        optimizer: keras.optimizers.Optimizer,
        members: int,
    ):
        self._stack, self._strengths, self._penalised = stack, strengths, penalised
        self._members = members
        self._weights: dict[str, list[keras.Variable]] = {}
        for layer in stack:
            trainable = {id(w) for w in layer.trainable_weights}
            self._weights[layer.name] = [
                keras.Variable(
                    np.zeros((members, *w.shape), np.float32), trainable=id(w) in trainable
                )
                for w in layer.weights
            ]
        self._variables = [w for weights in self._weights.values() for w in weights]
        self._trained = [w for w in self._variables if w.trainable]
        self._kernels = [
            self._weights[layer.name][0] for layer in stack if isinstance(layer, keras.layers.Dense)
        ]
        self._optimizer = optimizer
        optimizer.build(self._trained)
        self._train = tf.function(self._steps, reduce_retracing=True)
        self._predict = tf.function(self._forward, reduce_retracing=True)

    @property
    def dropouts(self) -> list[str]:
        """Return the names of the dropout layers, in their order."""
        return [layer.name for layer in self._stack if isinstance(layer, VariableDropout)]

    def load(
        self, weights: list[list[np.ndarray]], optimizer: list[list[np.ndarray]], member: int
    ) -> None:
        """Set the weights and the optimizer's variables of all members; how many steps were taken is the `member`'s."""
        for variable, arrays in zip(self._variables, zip(*weights, strict=True), strict=True):
            variable.assign(np.stack(arrays))
        for variable, arrays in zip(
            self._optimizer.variables, zip(*optimizer, strict=True), strict=True
        ):
            variable.assign(np.stack(arrays) if len(variable.shape) else arrays[member])

    def weights(self) -> list[np.ndarray]:
        """Return the weights, each with a first axis of members."""
        return [variable.numpy() for variable in self._variables]

    def optimizer_variables(self) -> list[np.ndarray]:
        """Return the optimizer's variables, with a first axis of members, but for the two scalars."""
        return [variable.numpy() for variable in self._optimizer.variables]

    def train(
        self,
        rows: np.ndarray,
        order: np.ndarray,
        targets: np.ndarray,
        rates: np.ndarray,
        seeds: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Take one step after another; return each member's sums of the rows' loss and of correct rows, float32 (M,).

        Args:
            rows: float32 (n, F), features.
            order: int32 (steps, M, B), the rows of each batch; a shorter batch is filled up with any.
            targets: float32 (steps, M, B, C), one-hot, times an image's weight; zeros where a batch is filled up, and
                for members whose training is of no interest.
            rates: float32 (M,), learning rates.
            seeds: int32 (L, M), the seeds of the dropout layers.
        """
        arrays = (rows, order, targets, rates, seeds)
        losses, correct = self._train(*map(tf.convert_to_tensor, arrays))
        return losses.numpy(), correct.numpy()

    def predict(self, rows: np.ndarray, order: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (M, n, C), of each member's rows, `order` int32 (M, n)."""
        return self._predict(tf.convert_to_tensor(rows), tf.convert_to_tensor(order)).numpy()

    def _steps(self, rows, order, targets, rates, seeds):
        losses = correct = tf.zeros_like(rates)
        for i in tf.range(tf.shape(order)[0]):
            is_row = tf.reduce_sum(targets[i], axis=-1) > 0
            count = tf.maximum(tf.reduce_sum(tf.cast(is_row, tf.float32), axis=-1), 1.0)
            with tf.GradientTape() as tape:
                logits = self._logits(tf.gather(rows, order[i]), seeds, i)
                # A mean over each member's own rows; those that fill up have targets of zero.
                log_shares = tf.nn.log_softmax(logits)
                loss = -tf.reduce_sum(targets[i] * log_shares, axis=(1, 2)) / count
                loss += self._penalty()
            gradients = tape.gradient(loss, [w.value for w in self._trained])
            self._update(gradients, rates)
            is_correct = tf.equal(tf.argmax(logits, axis=-1), tf.argmax(targets[i], axis=-1))
            losses += loss * count
            correct += tf.reduce_sum(tf.cast(is_correct & is_row, tf.float32), axis=-1)
        return losses, correct

    def _forward(self, rows, order):
        return tf.nn.softmax(self._logits(tf.gather(rows, order)))

    def _logits(self, x, seeds=None, step=None):
        """Apply the layers to features (M, B, F); dropout has seeds in training only."""
        drops = 0
        for layer in self._stack:
            weights = [w.value for w in self._weights[layer.name]]
            if isinstance(layer, keras.layers.Dense):
                kernel, bias = weights
                x = tf.matmul(x, kernel) + bias[:, None, :]
            elif isinstance(layer, VariableDropout) and seeds is not None:
                x = self._dropped(x, seeds[drops], step)
                drops += 1
            elif isinstance(layer, keras.layers.Activation):
                x = layer.activation(x)
            elif isinstance(layer, keras.layers.BatchNormalization):
                mean, variance = weights
                x = (x - mean[:, None, :]) / tf.sqrt(variance[:, None, :] + layer.epsilon)
        return x

    def _dropped(self, x, seeds, step):
        """Drop what `VariableDropout` would: its seed is the layer's and the number of the step."""
        shape = tf.shape(x)[1:]
        noise = tf.stack(
            [
                tf.random.stateless_uniform(shape, tf.stack([seeds[m], step]))
                for m in range(self._members)
            ]
        )
        kept = noise >= self._strengths.dropout.value
        return tf.where(kept, x * self._strengths.scale.value, 0.0)

    def _penalty(self):
        if not self._penalised:
            return 0.0
        squares = [tf.reduce_sum(tf.square(kernel.value), axis=(1, 2)) for kernel in self._kernels]
        return self._strengths.l2.value * tf.add_n(squares)

    def _update(self, gradients, rates) -> None:
        """Take the optimizer's step with a rate for each member, which `Optimizer.apply` does not know."""
        optimizer = self._optimizer
        for gradient, variable in zip(gradients, self._trained, strict=True):
            rate = tf.reshape(rates, (-1, *(1 for _ in variable.shape[1:])))
            if optimizer.weight_decay:
                variable.assign(variable - variable * optimizer.weight_decay * rate)
            optimizer.update_step(gradient, variable, rate)
        optimizer.iterations.assign(optimizer.iterations + 1)
