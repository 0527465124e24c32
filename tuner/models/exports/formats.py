"""The table of export formats by what the name of a file or folder ends in."""

from pathlib import Path

from . import keras_file, litert, onnx_file, tf_folder
from .format import Format

FORMATS: dict[str, Format] = {
    ".keras": keras_file,
    ".tflite": litert,
    ".onnx": onnx_file,
    "": tf_folder,
}


def format_of(model: Path) -> Format | None:
    """Return the format of a name, None if there is none with its ending."""
    return FORMATS.get(model.suffix.lower())
