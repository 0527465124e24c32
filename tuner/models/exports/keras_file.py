"""A `.keras` file: what the retraining wrote."""

import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ...backbones.packages import not_installed
from ...errors import SearchError
from .format import Predictor
from .source import Source
from .zipped import read_labels

__all__ = ["read_labels"]

NAME = "Keras"
CONVERTERS: tuple[str, ...] = ()
RUNTIME = "keras"
QUANTIZATIONS: tuple[str, ...] = ()
REQUIREMENTS = ("keras", "tensorflow", "pillow")
EXAMPLE = """import zipfile
import keras

model = keras.models.load_model(FILE, compile=False)
labels = json.loads(zipfile.ZipFile(FILE).read("labels.json"))


def probabilities(pixels):
    return np.asarray(model.predict_on_batch(pixels))
"""


def convert(source: Source, out: Path, quantize: str | None) -> None:
    """Copy the file, which has its labels inside."""
    shutil.copyfile(source.model, out)


def load(model: Path) -> Predictor:
    """Return what runs a file.

    Raises:
        SearchError: It is no Keras model, or needs a package that is not installed.
    """
    if not zipfile.is_zipfile(model):
        raise SearchError(f"{model} is not a .keras file, or is damaged; export the model again.")
    from ...keras_setup import prepare_keras

    prepare_keras()
    import keras

    from ...training.network import jit_compile_option

    try:
        loaded = keras.models.load_model(model, compile=False, safe_mode=True)
    except Exception as error:  # the file may come from anyone and contain anything
        if "keras_hub" in str(error) and find_spec("keras_hub") is None:
            raise SearchError(f"{model} cannot be loaded: {not_installed('keras_hub')}.") from error
        raise SearchError(
            f"{model} cannot be loaded as a Keras model: {' '.join(str(error).split())[:200]}"
        ) from error
    loaded.jit_compile = jit_compile_option()
    return lambda pixels: np.asarray(loaded.predict_on_batch(pixels))
