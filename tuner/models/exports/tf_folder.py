"""A TensorFlow SavedModel: a folder, for TensorFlow Serving and everything that converts from it."""

import shutil
from pathlib import Path

import numpy as np

from ..labels import LABELS
from .format import Format, Predictor
from .source import Source

_IMPORTS = """import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # no start-up messages
import tensorflow as tf"""
_EXAMPLE = """model = tf.saved_model.load(FILE)
labels = json.loads(pathlib.Path(FILE, "assets.extra", "labels.json").read_text(encoding="utf-8"))


def probabilities(pixels):
    return model.signatures["serving_default"](pixels=tf.constant(pixels))["output_0"].numpy()
"""
# TensorFlow's name for what a folder carries besides the model.
_EXTRA = "assets.extra"


def convert(source: Source, out: Path, quantize: str | None) -> None:
    """Copy the folder, and write the labels among its extra files."""
    shutil.copytree(source.saved_model, out)
    (out / _EXTRA).mkdir()
    (out / _EXTRA / LABELS).write_text(source.labels.to_json(), encoding="utf-8")


def read_labels(model: Path) -> bytes | None:
    """Return the labels of a folder, None if there are none."""
    file = model / _EXTRA / LABELS
    return file.read_bytes() if file.is_file() else None


def load(model: Path) -> Predictor:
    """Return what runs a folder."""
    from ...keras_setup import quietly

    with quietly():
        import tensorflow

        loaded = tensorflow.saved_model.load(str(model))
    signature = loaded.signatures["serving_default"]

    def predict(pixels: np.ndarray) -> np.ndarray:
        # The signature does not keep the model alive.
        assert loaded is not None  # noqa: S101
        return signature(pixels=tensorflow.constant(pixels))["output_0"].numpy()

    return predict


SAVED_MODEL = Format(
    "SavedModel",
    convert,
    read_labels,
    load,
    runtime="tensorflow",
    requirements=("tensorflow", "pillow"),
    imports=_IMPORTS,
    example=_EXAMPLE,
)
