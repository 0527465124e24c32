"""Hyperband of plain Keras Tuner, as its guide has it: from pixels, and on features that are given."""

import contextlib
import itertools
from abc import ABC, abstractmethod
from pathlib import Path

import keras
import keras_tuner
import numpy as np
from peer_features import PeerFeatures
from peer_incumbent import BATCH, Incumbent, OfferEpochs, OutOfTime, classifier
from peer_task import PeerTask

_PIXEL_EPOCHS, _FEATURE_EPOCHS = 10, 30
# Layers that are fine-tuned need lower rates than a head.
_PIXEL_RATES, _FEATURE_RATES = (1e-5, 1e-2), (1e-4, 1e-2)
_UNFROZEN = 20
# Hyperband is repeated until the time is up.
_ITERATIONS = 1000


class _Peer(keras_tuner.HyperModel, ABC):
    """A hypermodel whose epochs are offered to the incumbent."""

    def __init__(self, task: PeerTask):
        super().__init__()
        self.task, self.incumbent = task, Incumbent(task)
        self._seeds = itertools.count(1000 * task.seed)

    @abstractmethod
    def inputs(self, backbone: str) -> np.ndarray:
        """Return what the model of a backbone takes, for all images."""

    def backbone_of(self, hp) -> str:
        """Return the backbone that is searched with the rest."""
        return hp.Choice("backbone", list(self.task.backbones))

    def head_of(self, hp, rates: tuple[float, float]) -> dict:
        """Return the values of the head and its training, searched as well; `rates` are the lowest and highest."""
        keras.utils.set_random_seed(next(self._seeds))
        return {
            "dense": hp.Choice("dense", [0, 64, 128, 256]),
            "dropout": hp.Float("dropout", 0.0, 0.6),
            "learning_rate": hp.Float("learning_rate", *rates, sampling="log"),
        }

    def fit(self, hp, model, *args, callbacks, **options):
        """Fit on the training images, and validate on the split that all methods share."""
        task, inputs = self.task, self.inputs(hp.get("backbone"))
        offer = OfferEpochs(self.incumbent, hp.copy(), inputs[task.test])
        return model.fit(
            inputs[task.train],
            task.targets[task.train],
            validation_data=(inputs[task.validation], task.targets[task.validation]),
            batch_size=BATCH,
            callbacks=[*callbacks, offer],
            **options,
        )

    def search(self, epochs: int) -> None:
        """Search until the time is up, then train the best recipe on all development images."""
        tuner = keras_tuner.Hyperband(
            self,
            objective=keras_tuner.Objective("val_accuracy", "max"),
            max_epochs=epochs,
            factor=3,
            hyperband_iterations=_ITERATIONS,
            seed=self.task.seed + 1,  # Keras Tuner takes 0 for no seed
            directory=Path(self.task.folder, "keras_tuner"),
        )
        with contextlib.suppress(OutOfTime):
            tuner.search(
                callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=5)],
                verbose=0,
            )
        best = self.incumbent
        if best.choice is not None:
            best.train_on_all(self.build, self.inputs(best.choice.get("backbone")))


class _FromPixels(_Peer):
    """The whole network from pixels, its last layers trained or not."""

    def __init__(self, task: PeerTask):
        super().__init__(task)
        self._pixels: dict[int, np.ndarray] = {}

    def inputs(self, backbone):
        """Return the pixels, uint8 (N, size, size, 3)."""
        from transfertune.search_spaces import BACKBONES

        size = BACKBONES[backbone].image_size
        if size not in self._pixels:
            images = (
                keras.utils.load_img(
                    path, target_size=(size, size), interpolation="bilinear", keep_aspect_ratio=True
                )
                for path in self.task.paths
            )
            self._pixels[size] = np.stack([np.asarray(image, np.uint8) for image in images])
        return self._pixels[size]

    def build(self, hp):
        """Build the backbone, cut off its top, and add a head; the table says how pixels are scaled."""
        from transfertune.search_spaces import BACKBONES
        from transfertune.tuner.backbones.backbone import build_base, preprocess

        name = self.backbone_of(hp)
        base = build_base(name, BACKBONES[name].image_size, self.task.weights)
        inputs = keras.Input((base.size, base.size, 3))
        unfrozen = hp.Choice("unfrozen", [0, _UNFROZEN])
        if unfrozen:
            base.network.trainable = True
            for layer in base.network.layers[:-unfrozen]:
                layer.trainable = False
        values = self.head_of(hp, _PIXEL_RATES)
        x = inputs
        if hp.Boolean("augment"):
            x = keras.layers.RandomFlip("horizontal")(x)
            x = keras.layers.RandomRotation(0.1)(x)
        x = base.network(preprocess(base.row, x), training=False)
        x = keras.layers.GlobalAveragePooling2D()(x)
        return classifier(inputs, x, values, self.task.classes)


class _OnFeatures(_Peer):
    """A head on averaged features."""

    def __init__(self, task: PeerTask):
        super().__init__(task)
        self._features = PeerFeatures(task)

    def inputs(self, backbone):
        """Return the features, float32 (N, F)."""
        return self._features.of(backbone)

    def build(self, hp):
        """Build a head."""
        inputs = keras.Input((self.inputs(self.backbone_of(hp)).shape[1],))
        return classifier(inputs, inputs, self.head_of(hp, _FEATURE_RATES), self.task.classes)


def from_pixels(task: PeerTask) -> None:
    """Search whole networks."""
    _FromPixels(task).search(_PIXEL_EPOCHS)


def on_features(task: PeerTask) -> None:
    """Search heads on features."""
    _OnFeatures(task).search(_FEATURE_EPOCHS)
