"""The table of export formats."""

from collections.abc import Callable
from pathlib import Path

from .keras_file import export_keras

# Suffix of the file: what writes it. It gets the study's model and the file to write, and returns all files written.
EXPORTS: dict[str, Callable[[Path, Path], list[Path]]] = {
    ".keras": export_keras,
}
