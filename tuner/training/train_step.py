"""Train steps: many in one compiled call on TensorFlow, one by one through Keras elsewhere.

Keras defines the layers, the loss and the optimizer either way. A `TrainStep` keeps its compiled functions for as long
as its model lives, whatever weights the model is given.
"""

from abc import ABC, abstractmethod
from itertools import pairwise

import keras
import numpy as np

from ..backbones.inference import PREDICT_BATCH, one_or_list, predict_batch


class TrainStep(ABC):
    """Trains one compiled model, and predicts with it, on arrays: one for each of the model's inputs."""

    def __init__(self, model: keras.Model):
        self._model = model
        self._initial: list[np.ndarray] | None = None

    def reset_optimizer(self) -> None:
        """Give the optimizer the state of a new one."""
        optimizer = self._model.optimizer
        if self._initial is None:
            optimizer.build(self._model.trainable_variables)
            self._initial = [keras.ops.convert_to_numpy(v) for v in optimizer.variables]
        for variable, value in zip(optimizer.variables, self._initial, strict=True):
            variable.assign(value)

    @abstractmethod
    def train(
        self, inputs: list[np.ndarray], targets: np.ndarray, bounds: np.ndarray
    ) -> tuple[float, float]:
        """Take a step on the rows between each two `bounds`; return the sums of the rows' loss and of correct rows.

        Args:
            inputs: arrays (rows, ...), one for each of the model's inputs.
            targets: float32 (rows, C), one-hot, times an image's weight.
            bounds: int (steps + 1,), the first row of each step, and the number of rows.
        """

    @abstractmethod
    def predict(self, inputs: list[np.ndarray]) -> np.ndarray:
        """Return class probabilities, float32 (rows, C), in inference mode."""


def make_train_step(model: keras.Model) -> TrainStep:
    """Return the train step for the backend."""
    return (
        GraphTrainStep(model) if keras.backend.backend() == "tensorflow" else KerasTrainStep(model)
    )


class KerasTrainStep(TrainStep):
    """One call of Keras's own `train_on_batch` a step."""

    def train(self, inputs, targets, bounds):
        """Step through Keras."""
        sums = np.zeros(2)
        for start, stop in pairwise(bounds):
            x = [array[start:stop] for array in inputs]
            self._model.reset_metrics()
            logs = self._model.train_on_batch(one_or_list(x), targets[start:stop], return_dict=True)
            sums += (stop - start) * np.array([float(logs["loss"]), float(logs["accuracy"])])
        return tuple(sums.tolist())

    def predict(self, inputs):
        """Predict through Keras, in full batches."""
        rows = len(inputs[0])
        parts = [
            predict_batch(self._model, [x[i : i + PREDICT_BATCH] for x in inputs], PREDICT_BATCH)[0]
            for i in range(0, rows, PREDICT_BATCH)
        ]
        return np.concatenate(parts)


class GraphTrainStep(TrainStep):
    """All the steps of a call in one `tf.function`, each what `Model.fit` does in a step."""

    def __init__(self, model: keras.Model):
        super().__init__(model)
        import tensorflow

        self._train = tensorflow.function(self._steps, reduce_retracing=True)
        self._predict = tensorflow.function(self._forward, reduce_retracing=True)

    def train(self, inputs, targets, bounds):
        """Take all steps in one call."""
        loss, correct = self._train(
            tuple(_tensor(x) for x in inputs), _tensor(targets), _tensor(bounds.astype(np.int32))
        )
        return float(loss), float(correct)

    def predict(self, inputs):
        """Predict all rows in one call."""
        return self._predict(tuple(_tensor(x) for x in inputs)).numpy()

    def _steps(self, inputs, targets, bounds):
        import tensorflow as tf

        loss_sum, correct = tf.zeros(()), tf.zeros(())
        for i in tf.range(tf.shape(bounds)[0] - 1):
            start, stop = bounds[i], bounds[i + 1]
            x, y = one_or_list([array[start:stop] for array in inputs]), targets[start:stop]
            loss, correct_rows = self._step(x, y)
            loss_sum += loss * tf.cast(stop - start, tf.float32)
            correct += correct_rows
        return loss_sum, correct

    def _step(self, x, y):
        import tensorflow as tf

        model = self._model
        with tf.GradientTape() as tape:
            probabilities = model(x, training=True)
            loss = model.compute_loss(x=x, y=y, y_pred=probabilities, training=True)
        variables = model.trainable_weights
        model.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        correct = tf.equal(tf.argmax(probabilities, axis=-1), tf.argmax(y, axis=-1))
        return loss, tf.reduce_sum(tf.cast(correct, tf.float32))

    def _forward(self, inputs):
        return self._model(one_or_list(list(inputs)), training=False)


def _tensor(array: np.ndarray):
    import tensorflow

    return tensorflow.convert_to_tensor(array)
