"""Exports in other formats: each runs in its own runtime, and alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from dataclasses import replace

import numpy as np
import pytest

from transfertune.datasets import DataError
from transfertune.reports import load_study, markdown_text
from transfertune.tuner import export_best, predict, retrain
from transfertune.tuner.errors import SearchError
from transfertune.tuner.models.exports import comparison
from transfertune.tuner.models.exports.comparison import Comparison, Run, compare

NAMES = ("model.keras", "model.tflite", "model.onnx", "model")


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    """The finished study's model in all formats, in a folder."""
    folder = tmp_path_factory.mktemp("all")
    return folder, export_best(finished, *(folder / name for name in NAMES))


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of the finished study that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "study")
    return load_study(tmp_path / "study")


@pytest.mark.slow
def test_all_formats_give_what_the_retrained_model_gives(finished, exported):
    """On all test images, in batches and alone, in processes of their own; the accuracy is the study's."""
    _, found = exported
    assert [one.name for one in found.comparisons] == list(NAMES)
    test = finished.retrains[0].test
    for one in found.comparisons:
        assert one.images == test.images
        assert one.difference < 1e-5
        assert one.agreement == 1.0
        assert one.accuracy == pytest.approx(test.accuracy)
        assert one.megabytes > 0
        assert one.milliseconds > 0


@pytest.mark.slow
def test_a_card_and_examples_lie_beside(exported):
    """One card for all files of one name, with a row for each."""
    folder, found = exported
    assert [path.name for path in found.files] == [
        *NAMES,
        "model.card.md",
        "model_keras_example.py",
        "model_tflite_example.py",
        "model_onnx_example.py",
        "model_saved_model_example.py",
    ]
    card = (folder / "model.card.md").read_text()
    for name in NAMES:
        assert f"tune predict {name} image.jpg" in card
        assert f"\n| {name} |  | " in card


@pytest.mark.slow
def test_a_card_keeps_the_figures_of_older_files(copied, cache, tmp_path):
    """Those of files that still lie there, are as large, and come from the same retrained model."""
    card = tmp_path / "model.card.md"
    first = export_best(copied, tmp_path / "model.tflite", tmp_path / "model.onnx").comparisons
    export_best(copied, tmp_path / "model.keras")
    rows = [f"| {' | '.join(map(markdown_text, one.cells))} |" for one in first]
    assert all(row in card.read_text() for row in rows)
    (tmp_path / "model.onnx").write_bytes(b"another file")
    last = export_best(copied, tmp_path / "model.tflite").comparisons
    text = card.read_text()
    assert f"| {' | '.join(map(markdown_text, last[1].cells))} |" in text
    assert "\n| model.onnx |  | " not in text
    other = next(t.number for t in copied.trials[4:] if t.number != copied.recommended.number)
    retrain(copied, cache=cache, trial=other, again=True, in_process=True)
    export_best(load_study(copied.folder), tmp_path / "model.keras")
    assert "\n| model.tflite |  | " not in card.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_model_alone_knows_its_classes(finished, exported, tmp_path, name):
    """Copied to an empty folder, it predicts the test images as the study has them."""
    folder, _ = exported
    copy = shutil.copytree if (folder / name).is_dir() else shutil.copyfile
    copy(folder / name, tmp_path / name)
    kept, images = finished.test_predictions(), finished.images()
    found = predict(tmp_path / name, [images.path(i) for i in kept["indices"]])
    assert found.classes == finished.classes
    np.testing.assert_allclose(found.probabilities, kept["probabilities"], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keras", "tflite", "onnx", "saved_model"])
def test_an_example_gives_what_predict_gives(finished, exported, kind):
    """To six digits, without this project."""
    folder, _ = exported
    images = finished.images()
    paths = [images.path(i) for i in finished.test_predictions()["indices"][:3]]
    script = folder / f"model_{kind}_example.py"
    assert "transfertune" not in script.read_text()
    printed = _run([sys.executable, str(script), *map(str, paths)])
    found = predict(folder / "model.keras", paths)
    for line, i in zip(printed.splitlines(), range(3), strict=True):
        path, name, share = line.rsplit(" ", 2)
        assert (path, name) == (str(paths[i]), found.top(i, 1)[0][0])
        assert float(share) == pytest.approx(found.top(i, 1)[0][1], abs=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tflite", "onnx"])
def test_an_example_needs_what_it_states(finished, exported, tmp_path, kind):
    """It runs in an environment with these packages alone."""
    folder, _ = exported
    script = folder / f"model_{kind}_example.py"
    needs = script.read_text().split("pip install ")[1].splitlines()[0].split()
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    _run([str(python), "-m", "pip", "install", "-q", *needs])
    image = finished.images().path(0)
    assert str(image) in _run([str(python), str(script), str(image)])


@pytest.mark.slow
@pytest.mark.parametrize("quantize", ["float16", "int8"])
def test_a_quantised_file_is_smaller(finished, exported, tmp_path, quantize):
    """It is calibrated on training images, and the table says how much it differs."""
    _, whole = exported
    found = export_best(finished, tmp_path / "m.tflite", quantize=quantize).comparisons[1]
    assert found.quantize == quantize
    assert found.megabytes < 0.7 * whole.comparisons[1].megabytes
    assert 0 < found.difference < 0.2
    assert found.agreement >= 0.9


@pytest.mark.slow
def test_neighbours_are_not_quantised_to_int8(copied, cache, tmp_path):
    """Rounding makes ties; float16 is fine."""
    number = next(t.number for t in copied.trials if t.recipe["classifier"] == "neighbours")
    retrain(copied, cache=cache, trial=number, again=True, in_process=True)
    study = load_study(copied.folder)
    with pytest.raises(SearchError, match=r"int8 is impossible .* use --quantize float16"):
        export_best(study, tmp_path / "m.tflite", quantize="int8")
    found = export_best(study, tmp_path / "m.tflite", quantize="float16")
    assert found.comparisons[1].agreement == 1.0


@pytest.mark.slow
def test_a_model_that_differs_is_not_written(finished, tmp_path, monkeypatch):
    """Neither it nor the others, and nothing is left behind."""
    monkeypatch.setattr(comparison, "_LIMITS", {None: (-1.0, 1.0)})
    with pytest.raises(SearchError, match=r"m\.onnx is not written: a probability differs by"):
        export_best(finished, tmp_path / "m.keras", tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_is_too_different():
    """Probabilities count without quantisation, answers with it."""
    one = Comparison("m", None, 100, 0.0, 1.0, 0.9, 1.0, 1.0)
    assert one.mismatch is None
    assert "differs by nan" in replace(one, difference=float("nan")).mismatch
    assert "a probability differs by 0.002" in replace(one, difference=2e-3).mismatch
    assert replace(one, difference=2e-3, quantize="float16").mismatch is None
    assert "only 98.0%" in replace(one, agreement=0.98, quantize="float16").mismatch
    assert replace(one, difference=0.5, agreement=0.95, quantize="int8").mismatch is None
    assert "only 80.0%" in replace(one, agreement=0.8, quantize="int8").mismatch


def test_classes_that_are_equally_probable_may_change_places():
    """To the original, and only without quantisation."""
    original = np.array([[0.5, 0.5 - 1e-6], [0.7, 0.3]], np.float32)
    original, run = (Run(one, one, 1.0) for one in (original, original[:, ::-1]))
    for quantize, agreement in ((None, 0.5), ("int8", 0.0)):
        found = compare(run, original, None, name="m", quantize=quantize, megabytes=1.0)
        assert found.agreement == agreement


def test_images_alone_count_too():
    """The largest difference is that of both ways; answers and accuracy are those in batches."""
    batched = np.array([[0.9, 0.1], [0.4, 0.6]], np.float32)
    original, run = Run(batched, batched, 1.0), Run(batched[:, ::-1], batched + 0.5, 2.0)
    truth = np.array([1, 1])
    found = compare(run, original, truth, name="m", quantize=None, megabytes=3.0)
    assert found.difference == pytest.approx(0.8)
    assert (found.agreement, found.accuracy, found.milliseconds) == (0.0, 0.5, 2.0)


@pytest.mark.parametrize(
    ("outs", "quantize", "says"),
    [
        ((), None, "nothing to write"),
        (("m.keras",), "int8", r"int8 needs a file that ends in \.tflite"),
        (("m.tflite",), "int4", "float16 or int8, but got 'int4'"),
        (("full",), None, "full exists and is no SavedModel"),
        ((".onnx",), None, "A name is missing"),
        (("m.keras", "m.pt"), None, r"\.keras, \.tflite, \.onnx, and a folder has no ending"),
    ],
)
def test_impossible_exports_are_refused(finished, tmp_path, outs, quantize, says):
    """In one line, before anything is written."""
    (tmp_path / "full").mkdir()
    with pytest.raises(SearchError, match=says) as caught:
        export_best(finished, *(tmp_path / out for out in outs), quantize=quantize)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_a_name_that_is_given_twice_is_written_once(finished, tmp_path):
    """And the card of another trial than the recommended one says so."""
    out = tmp_path / "m.keras"
    assert export_best(finished, out, out).files[0] == out
    assert "is recommended" in (tmp_path / "m.card.md").read_text()
    number = finished.retrains[0].trial
    other = replace(
        finished, retrains=(replace(finished.retrains[0], trial=1 if number != 1 else 2),)
    )
    export_best(other, out)
    assert "which is not the recommended one" in (tmp_path / "m.card.md").read_text()


def test_lost_and_changed_images_are_named(copied, tmp_path):
    """A model cannot be tried without them; a .keras file is a copy and needs none."""
    table = copied.paths.images
    table.write_text(re.sub(r"[0-9a-f]{64}", "0" * 64, table.read_text()))
    study = load_study(copied.folder)
    says = (
        r"6 of the 36 images .* missing or changed at .*, such as .*--data DIR\. Or write a \.keras"
    )
    with pytest.raises(SearchError, match=says):
        export_best(study, tmp_path / "m.onnx")
    with pytest.raises(DataError, match="there is no such folder"):
        export_best(study, tmp_path / "m.onnx", data=tmp_path / "gone")
    assert export_best(study, tmp_path / "m.keras").comparisons == ()


def test_a_missing_converter_is_named(finished, tmp_path):
    """With the extra that brings it."""
    code = (
        "import sys; sys.modules['tf2onnx'] = None\n"
        "from transfertune import load_study; from transfertune.tuner import export_best\n"
        "export_best(load_study(sys.argv[1]), sys.argv[2])"
    )
    words = [sys.executable, "-c", code, str(finished.folder), str(tmp_path / "m.onnx")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 'tf2onnx is not installed (pip install "transfertune[export]")' in done.stderr
    assert not any(tmp_path.iterdir())


def _run(words) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
