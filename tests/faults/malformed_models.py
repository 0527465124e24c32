"""Models that `tune predict` refuses."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

from malformed import Case, files, png, together

PREDICT = ("predict", "m.keras", "a.png")
LABELS = json.dumps({"classes": ["a", "b"], "image_size": 8, "resize": "crop"})


def _model(
    content: bytes, labels: str | None = LABELS, ending: str = "keras"
) -> Callable[[Path], None]:
    file = io.BytesIO(content)
    file.seek(0, io.SEEK_END)
    if labels is not None:
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("labels.json", labels)
    return files(**{f"m_DOT_{ending}": file.getvalue()}, a_DOT_png=png())


def _zip(**members: bytes | str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_DOT_", "."), content)
    return file.getvalue()


class _Touch:
    """Writes a file when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("unpickled"),)


def _real_model(code: bool = False) -> Callable[[Path], None]:
    """Return the maker of a model of three classes, with `code` one that brings Python code along."""

    def make(folder: Path) -> None:
        import keras

        layers = [keras.layers.Lambda(lambda x: x)] if code else []
        layers += [keras.layers.Flatten(), keras.layers.Dense(3)]
        keras.Sequential([keras.Input((8, 8, 3)), *layers]).save(folder / "whole.keras")
        _model((folder / "whole.keras").read_bytes())(folder)

    return make


def _bad_labels(**values) -> str:
    return json.dumps({**json.loads(LABELS), **values})


MODELS = [
    Case("no model", PREDICT, "no model m.keras"),
    Case("model is a folder", PREDICT, "no labels.json in it", files(m_DOT_keras__a="")),
    Case("no labels", PREDICT, "no labels.json in it", _model(b"", None)),
    Case("labels cut off", PREDICT, "damaged labels", _model(b"", LABELS[:9])),
    Case("labels of another kind", PREDICT, "damaged labels", _model(b"", "[]")),
    Case("labels of numbers", PREDICT, "damaged labels", _model(b"", _bad_labels(classes=3))),
    Case("no size", PREDICT, "damaged labels", _model(b"", _bad_labels(image_size=0))),
    Case("unknown resize", PREDICT, "damaged labels", _model(b"", _bad_labels(resize="melt"))),
    Case("huge size", PREDICT, "damaged labels", _model(b"", _bad_labels(image_size=10**9))),
    Case("empty model", PREDICT, "cannot be loaded", _model(b"")),
    Case(
        "model is pickled",
        PREDICT,
        "cannot be loaded",
        _model(pickle.dumps(_Touch())),
    ),
    Case("model is another archive", PREDICT, "cannot be loaded", _model(_zip(a="b"))),
    Case("model of broken JSON", PREDICT, "cannot be loaded", _model(_zip(config_DOT_json="{"))),
    Case(
        "model of pickles",
        PREDICT,
        "cannot be loaded",
        _model(_zip(config_DOT_json=pickle.dumps(_Touch()))),
    ),
    Case("model with code", PREDICT, "cannot be loaded", _real_model(code=True)),
    Case("model of other classes", PREDICT, "3 classes but its labels have 2", _real_model()),
    Case(
        "model of an unknown format",
        ("predict", "m.h5", "a.png"),
        "must end in .keras, .tflite, .onnx",
        files(m_DOT_h5=b"x", a_DOT_png=png()),
    ),
    Case(
        "folder without a SavedModel",
        ("predict", "m", "a.png"),
        "no labels.json in it",
        files(m__a=b"x", a_DOT_png=png()),
    ),
    Case(
        "LiteRT file without labels",
        ("predict", "m.tflite", "a.png"),
        "no labels.json in it",
        files(m_DOT_tflite=b"x", a_DOT_png=png()),
    ),
    Case(
        "damaged LiteRT file",
        ("predict", "m.tflite", "a.png"),
        "m.tflite cannot be loaded",
        _model(b"x", ending="tflite"),
    ),
    Case(
        "damaged ONNX file",
        ("predict", "m.onnx", "a.png"),
        "m.onnx cannot be read",
        _model(b"x", ending="onnx"),
    ),
    Case("share above 1", (*PREDICT, "--unsure", "5"), "--unsure", _model(b"")),
    Case(
        "unsure without confidences",
        (*PREDICT, "--unsure", "0.1"),
        "cannot say what is unsure",
        _model(b""),
    ),
    Case("no image", ("predict", "m.keras", "b.png"), "no image or folder", _model(b"")),
    Case(
        "folder without images",
        ("predict", "m.keras", "d"),
        "there is no image in it",
        together(_model(b""), files(d__a="")),
    ),
    Case("broken image", ("predict", "m.keras", "m.keras"), "No image can be read", _model(b"x")),
    Case("no classes to show", (*PREDICT, "--top", "0"), "--top", _model(b"")),
]
