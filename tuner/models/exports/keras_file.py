"""A `.keras` file: what the retraining wrote."""

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...backbones.packages import not_installed
from ...errors import SearchError
from ..familiarity import FILE, Familiarity, features_layer
from .format import Format, Predictor
from .source import Source
from .zipped import read_labels, read_member

if TYPE_CHECKING:
    import keras

Judge = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Maps pixels as a `Predictor` does, to class probabilities and distances from the training images, float32 (n,)."""
_IMPORTS = """import os
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # no start-up messages
import keras"""
_EXAMPLE = """model = keras.models.load_model(FILE, compile=False)
labels = json.loads(zipfile.ZipFile(FILE).read("labels.json"))


def probabilities(pixels):
    return np.asarray(model.predict_on_batch(pixels))
"""


def convert(source: Source, out: Path, quantize: str | None) -> None:
    """Copy the file, which has its labels inside."""
    shutil.copyfile(source.model, out)


def load(model: Path) -> Predictor:
    """Return what runs a file; errors are those of `load_model`."""
    return predictor_of(load_model(model))


def load_model(model: Path) -> "keras.Model":
    """Return the Keras model of a file.

    Raises:
        SearchError: It is no Keras model, or needs a package that is not installed.
    """
    from ...keras_setup import prepare_keras

    prepare_keras()
    import keras

    try:
        return keras.models.load_model(model, compile=False, safe_mode=True)
    except Exception as error:  # the file may come from anyone and contain anything
        if "keras_hub" in str(error) and find_spec("keras_hub") is None:
            raise SearchError(f"{model} cannot be loaded: {not_installed('keras_hub')}.") from error
        raise SearchError(
            f"{model} cannot be loaded as a Keras model: {' '.join(str(error).split())[:200]}"
        ) from error


def predictor_of(model: "keras.Model") -> Predictor:
    """Return what runs a Keras model."""
    from ...training.network import jit_compile_option

    model.jit_compile = jit_compile_option()
    return lambda pixels: np.asarray(model.predict_on_batch(pixels))


def judge_of(model: "keras.Model", familiarity: Familiarity) -> Judge:
    """Return what runs a Keras model and says how far the images are from the training images.

    Raises:
        SearchError: The model has not the features that `familiarity` is about.
    """
    import keras

    from ...training.network import jit_compile_option

    outputs = [model.output]
    for i, centre in enumerate(familiarity.centres, 1):
        try:
            features = model.get_layer(features_layer(i)).output
        except ValueError as error:
            raise SearchError(f"The model has a {FILE} of other features.") from error
        if len(features.shape) > 2:
            features = keras.ops.mean(features, axis=tuple(range(1, len(features.shape) - 1)))
        if features.shape[1:] != centre.shape:
            raise SearchError(f"The model has a {FILE} of other features.")
        outputs.append(features)
    whole = keras.Model(model.input, outputs)
    whole.jit_compile = jit_compile_option()

    def judge(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        probabilities, *features = map(np.asarray, whole.predict_on_batch(pixels))
        return probabilities, familiarity.distances(features)

    return judge


def read_familiarity(model: Path) -> Familiarity | None:
    """Return what a file knows of its training images' features, None where it knows nothing.

    Raises:
        SearchError: It is damaged.
    """
    content = read_member(model, FILE)
    try:
        return None if content is None else Familiarity.from_bytes(content)
    except ValueError as error:
        raise SearchError(f"{model} cannot be loaded: {error}.") from error


KERAS = Format(
    "Keras",
    convert,
    read_labels,
    load,
    runtime="keras",
    requirements=("keras", "tensorflow", "pillow"),
    imports=_IMPORTS,
    example=_EXAMPLE,
)
