"""The best Keras model so far of a search that validates on one split, as the guide of Keras Tuner keeps it.

The guide's last step trains the chosen recipe anew on all development images, for as many epochs as were best. The
search leaves time for this step where there is enough of it.
"""

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from peer_task import PeerTask

BATCH = 32
_CAUTION = 1.5
_FIXED_SECONDS = 5.0


class OutOfTime(BaseException):
    """What is left is needed to train the chosen recipe on all images."""


class Incumbent:
    """The epoch with the highest validation accuracy: `choice` is its recipe, `epochs` how many it was trained for."""

    def __init__(self, task: PeerTask):
        self.task = task
        self.accuracy, self.choice, self.epochs = -1.0, None, 0
        self.reserve: float | None = None

    def offer(self, accuracy: float, choice: Any, epochs: int, seconds: float, predict) -> None:
        """Take a model that is better, and write its predictions.

        Args:
            accuracy: on the validation images.
            choice: how to build the model again.
            epochs: how many it was trained for.
            seconds: how long one of them takes.
            predict: gives the probabilities of the test images.
        """
        if accuracy <= self.accuracy:
            return
        self.accuracy, self.choice, self.epochs = accuracy, choice, epochs
        started = time.time()
        self.task.save(predict(), accuracy)
        predicting = time.time() - started
        more = len(self.task.development) / len(self.task.train)
        last_fit = _CAUTION * (epochs * seconds * more + predicting) + _FIXED_SECONDS
        self.reserve = last_fit if last_fit < self.task.seconds_left() else None

    def check_time(self) -> None:
        """Raise OutOfTime when only the last fit still fits."""
        if self.reserve is not None and self.task.seconds_left() < self.reserve:
            raise OutOfTime

    def train_on_all(self, build: Callable[[Any], keras.Model], inputs: np.ndarray) -> None:
        """Train the chosen recipe on all development images, and write the predictions of this model.

        Args:
            build: builds the model of a choice.
            inputs: of all images, (N, ...).
        """
        if self.reserve is None:
            return
        task = self.task
        model = build(self.choice)
        model.fit(
            inputs[task.development],
            task.targets[task.development],
            epochs=self.epochs,
            batch_size=BATCH,
            verbose=0,
        )
        task.save(model.predict(inputs[task.test], verbose=0), self.accuracy)


class OfferEpochs(keras.callbacks.Callback):
    """Offers the model to the incumbent after every epoch; `first` is how many epochs it had before."""

    def __init__(self, incumbent: Incumbent, choice: Any, test_inputs: np.ndarray):
        super().__init__()
        self._incumbent, self._choice, self._test = incumbent, choice, test_inputs
        self._spent: list[float] = []
        self._began = 0.0

    def on_epoch_begin(self, epoch, logs=None):
        """Start the epoch's clock."""
        self._began = time.time()

    def on_epoch_end(self, epoch, logs=None):
        """Offer the model as it is now."""
        self._spent.append(time.time() - self._began)
        self._incumbent.offer(
            logs["val_accuracy"],
            self._choice,
            epoch + 1,
            float(np.mean(self._spent)),
            lambda: self.model.predict(self._test, verbose=0),
        )
        self._incumbent.check_time()


def classifier(inputs, features, values: dict, classes: int) -> keras.Model:
    """Return a compiled model with a head of the recipe `values`: `dense`, `dropout`, `learning_rate`."""
    x = features
    if values["dense"]:
        x = keras.layers.Dense(values["dense"], activation="relu")(x)
    x = keras.layers.Dropout(values["dropout"])(x)
    model = keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))
    model.compile(
        optimizer=keras.optimizers.Adam(values["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
