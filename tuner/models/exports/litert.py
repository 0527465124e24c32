"""A LiteRT file (`.tflite`), for phones and small computers; the labels are an archive at its end."""

from pathlib import Path

import numpy as np

from .format import Format, Predictor, not_installed
from .source import Source
from .zipped import read_labels, write_labels

_IMPORTS = """import zipfile

from ai_edge_litert.interpreter import Interpreter"""
_EXAMPLE = """interpreter = Interpreter(model_path=FILE)
labels = json.loads(zipfile.ZipFile(FILE).read("labels.json"))


def probabilities(pixels):
    place, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(place["index"], pixels.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(place["index"], pixels)
    interpreter.invoke()
    return interpreter.get_tensor(result["index"])
"""


def convert(source: Source, out: Path, quantize: str | None) -> None:
    """Write a LiteRT file; int8 is calibrated with the source's images, and keeps float input and output."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(source.saved_model), signature_keys=["serving_default"]
    )
    if quantize is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantize == "int8":
        pixels = source.calibration_pixels()
        converter.representative_dataset = lambda: ([image[None]] for image in pixels)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    out.write_bytes(converter.convert())
    write_labels(out, source.labels.to_json())


def load(model: Path) -> Predictor:
    """Return what runs a file; probabilities are scaled to a sum of 1, which int8 misses.

    Raises:
        SearchError: The runtime is not installed.
    """
    from ...keras_setup import quietly

    try:
        from ai_edge_litert.interpreter import Interpreter
    except ModuleNotFoundError as error:
        raise not_installed("ai_edge_litert") from error
    with quietly():
        interpreter = Interpreter(model_path=str(model))
        interpreter.allocate_tensors()
    place, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    allocated: tuple[int, ...] = ()

    def predict(pixels: np.ndarray) -> np.ndarray:
        nonlocal allocated
        if pixels.shape != allocated:
            interpreter.resize_tensor_input(place["index"], pixels.shape)
            interpreter.allocate_tensors()
            allocated = pixels.shape
        interpreter.set_tensor(place["index"], pixels)
        interpreter.invoke()
        found = interpreter.get_tensor(result["index"])
        return found / np.maximum(found.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)

    return predict


LITERT = Format(
    "LiteRT",
    convert,
    read_labels,
    load,
    runtime="ai_edge_litert",
    requirements=("ai-edge-litert", "numpy", "pillow"),
    imports=_IMPORTS,
    example=_EXAMPLE,
    quantizations=("float16", "int8"),
)
