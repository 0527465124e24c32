"""The table of export formats by what the name of a file or folder ends in."""

from pathlib import Path

from .format import Format
from .keras_file import KERAS
from .litert import LITERT
from .onnx_file import ONNX
from .tf_folder import SAVED_MODEL

FORMATS: dict[str, Format] = {
    ".keras": KERAS,
    ".tflite": LITERT,
    ".onnx": ONNX,
    "": SAVED_MODEL,
}


def format_of(model: Path) -> Format | None:
    """Return the format of a name, None if there is none with its ending."""
    return FORMATS.get(model.suffix)
