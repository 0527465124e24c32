"""The table of export formats by what the name of a file or folder ends in."""

from pathlib import Path

from ...errors import SearchError
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


def format_of(model: Path) -> Format:
    """Return the format of a name.

    Raises:
        SearchError: There is none with its ending.
    """
    if model.suffix not in FORMATS:
        endings = ", ".join(ending for ending in FORMATS if ending)
        raise SearchError(
            f"A model must end in {endings}, and a folder has no ending, but got {model}."
        )
    return FORMATS[model.suffix]
