"""An ONNX file, for ONNX Runtime; the labels are among its metadata."""

from pathlib import Path
from typing import Any

from ..labels import LABELS
from .format import Format, Predictor, not_installed
from .source import Source

_IMPORTS = """
import onnxruntime"""
_EXAMPLE = """session = onnxruntime.InferenceSession(FILE)
labels = json.loads(session.get_modelmeta().custom_metadata_map["labels.json"])


def probabilities(pixels):
    return session.run(["output_0"], {"pixels": pixels})[0]
"""
# The highest that tf2onnx writes without mistakes.
_OPSET = 18


def convert(source: Source, out: Path, quantize: str | None) -> None:
    """Write an ONNX file with the SavedModel's names of input and output."""
    import onnx
    from tf2onnx import convert as tf2onnx
    from tf2onnx import tf_loader

    # Keras's own export to ONNX needs a model that was called, and silently adds inputs for a Normalization layer.
    graph, inputs, outputs, names = tf_loader.from_saved_model(
        str(source.saved_model), None, None, "serve", ["serving_default"],
        return_tensors_to_rename=True,
    )  # fmt: skip
    model, _ = tf2onnx.from_graph_def(
        graph, input_names=inputs, output_names=outputs, opset=_OPSET, tensors_to_rename=names
    )
    onnx.helper.set_model_props(model, {LABELS: source.labels.to_json()})
    onnx.save(model, out)


def read_labels(model: Path) -> str | None:
    """Return the labels among the metadata, None if there are none."""
    return _session(model).get_modelmeta().custom_metadata_map.get(LABELS)


def load(model: Path) -> Predictor:
    """Return what runs a file."""
    session = _session(model)
    return lambda pixels: session.run(["output_0"], {"pixels": pixels})[0]


def _session(model: Path) -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise not_installed("onnxruntime") from error
    return onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])


ONNX = Format(
    "ONNX",
    convert,
    read_labels,
    load,
    runtime="onnxruntime",
    requirements=("onnxruntime", "numpy", "pillow"),
    imports=_IMPORTS,
    example=_EXAMPLE,
    converters=("onnx", "tf2onnx"),
)
