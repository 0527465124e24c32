"""The commands on a real study: what they print, write and return."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from transfertune.reports import CostLimits, load_study
from transfertune.search_spaces import HYPERPARAMETERS, SPACES
from transfertune.tuner.cli.main import main
from transfertune.tuner.cli.summary import print_result

SPACE = """
from transfertune.search_spaces import Choice, Space
SPACE = Space("mine", "Mine", "x", None, {"backbone": "drawn_net", "image_size": 32,
              "dense": Choice("none", "8"), "learning_rate": 0.01}, epochs=2, trials=2)
"""
FRAMEWORKS = ("keras", "keras_tuner", "tensorflow", "jax", "torch")


@pytest.fixture
def tune(capsys, tmp_path, monkeypatch):
    """Run the command line in an empty folder; return its exit code, output and error output."""
    monkeypatch.chdir(tmp_path)

    def run(*words, listed=""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(listed.encode())))
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of the finished study that a test may change."""
    return shutil.copytree(finished.folder, tmp_path / "copied")


def test_a_search_is_told_in_plain_lines(tune, images, weights, tmp_path):
    """Away from a terminal: a line a trial on the error output, the leaderboard and what is next on the other."""
    (tmp_path / "mine.py").write_text(SPACE)
    words = ["--data", images, "--weights", weights, "--in-process", "--strategy", "grid"]
    settings = ["--set", "batch_size=8", "--patience", "4", "--seed", "3"]
    settings += ["--folds", "1", "--repeats", "1"]
    code, out, err = tune("search", "--space", "mine.py", *words, *settings)
    assert code == 0
    told = [
        line.split("  ")[0]
        for line in err.splitlines()
        if re.match("Trial|Baseline|Ensemble", line)
    ]
    assert told == [
        *(f"Baseline {n}" for n in range(1, 5)),
        "Trial 5 (1/2)",
        "Trial 6 (2/2)",
        "Ensemble 7",
    ]
    for part in ("rank", "95 % interval", "studies/mine/report/report.html", "tune export-best"):
        assert part in out
    study = load_study(tmp_path / "studies" / "mine")
    assert study.header.seed == 3
    assert {t.recipe["batch_size"] for t in study.trials[4:6]} == {8}
    assert {t.recipe["patience"] for t in study.trials[4:6]} == {4}
    assert len(study.retrains) == 1
    log = (study.folder / "trials.jsonl").read_bytes()
    assert tune("search", "--space", "mine.py", *words, *settings)[0] == 0
    assert (study.folder / "trials.jsonl").read_bytes() == log
    assert tune("report")[1].splitlines()[0] == out.splitlines()[0]


def test_report_ranks_the_trials_and_writes_its_files(tune, copied):
    """Every trial is a row, best first, and the report's files are named and there."""
    shutil.rmtree(copied / "report")
    code, out, err = tune("report", copied)
    assert (code, err) == (0, "")
    table = out.split("\n\n")[0].splitlines()
    placed = [[int(word) for word in line.split()[:2]] for line in table[1:]]
    ranked = [trial.number for trial in load_study(copied).ranked]
    assert placed == [list(pair) for pair in enumerate(ranked, 1)]
    for name in ("report.html", "leaderboard.csv", "leaderboard.md", "leaderboard.parquet"):
        assert str(copied / "report" / name) in out
        assert (copied / "report" / name).exists()


def test_a_report_that_cannot_be_written_is_an_error(tune, copied):
    """The table is printed all the same; the exit code and one line say that no file was written."""
    shutil.rmtree(copied / "report")
    (copied / "report").write_text("")
    code, out, err = tune("report", copied)
    assert code == 2
    assert out.startswith("rank")
    assert "Written" not in out
    assert re.fullmatch(
        r"tune: The report could not be written \([^\n]+report\); [^\n]+--out DIR\.\n", err
    )


def test_report_says_what_was_damaged(tune, copied):
    """A torn log is reported, with a note beside it."""
    log = copied / "trials.jsonl"
    log.write_bytes(log.read_bytes()[:-30])
    code, _, err = tune("report", copied)
    assert code == 0
    assert err.startswith("Note: ")


def test_export_and_predict(tune, finished, images, tmp_path):
    """A written model classifies images as a table, as JSON and as CSV, all with the same numbers."""
    code, out, _ = tune("export-best", finished.folder, "--out", "model.keras")
    assert code == 0
    assert out == "Written: model.keras, model.card.md, model_keras_example.py\n"
    shown = [images / "red" / "00.png", images / "blue"]
    code, out, err = tune("predict", "model.keras", *shown, "--json")
    assert (code, err) == (0, "")
    as_json = json.loads(out)
    assert len(as_json) == 13
    rows = list(csv.DictReader(io.StringIO(tune("predict", "model.keras", *shown, "--csv")[1])))
    for one, two in zip(as_json, rows, strict=True):
        assert one["path"] == two["path"]
        assert (
            one["class"] == two["class"] == max(one["probabilities"], key=one["probabilities"].get)
        )
        assert one["probabilities"] == {c: float(two[f"p_{c}"]) for c in ("blue", "green", "red")}
        assert sum(one["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    _, out, _ = tune("predict", "model.keras", shown[0], "--top", "2")
    table = [line.split() for line in out.splitlines()]
    assert table[0] == ["image", "class", "probability"]
    assert table[1][1] == as_json[0]["class"]
    assert len(table) == 3


def test_images_come_from_lists_and_patterns(tune, copied, images, tmp_path):
    """A list on the standard input and a pattern name the same images as the folder, which Parquet keeps."""
    model, blue = copied / "best" / "model.keras", images / "blue"
    _, whole, _ = tune("predict", model, blue, "--csv")
    names = "".join(f"{path}\n" for path in sorted(blue.iterdir()))
    assert tune("predict", model, "-", "--csv", listed=names)[:2] == (0, whole)
    assert tune("predict", model, blue / "*.png", "--csv")[:2] == (0, whole)
    code, out, _ = tune("predict", model, blue, "--parquet", "all.parquet")
    assert (code, out) == (0, "Written: all.parquet\n")
    rows = list(csv.DictReader(io.StringIO(whole)))
    kept = pd.read_parquet(tmp_path / "all.parquet")
    assert kept["path"].tolist() == [row["path"] for row in rows]
    assert kept["p_red"].tolist() == pytest.approx([float(row["p_red"]) for row in rows])
    code, _, err = tune("predict", model, blue, "--parquet", "/sys/all.parquet")
    assert (code, "tune: /sys cannot be written" in err) == (2, True)
    code, _, err = tune("predict", model, blue, "--parquet", blue / "00.png")
    assert (code, "writes a .parquet file" in err) == (2, True)
    code, out, err = tune("predict", model, "-", "--csv", listed=f"missing.png\n{names}")
    assert (code, out) == (0, whole)
    assert err.startswith("Left out: missing.png")
    code, _, err = tune("predict", model, "-", listed="\n")
    assert (code, "lists no images" in err) == (2, True)


def test_explanations_are_listed(tune, copied, images, tmp_path):
    """One line an image with its class and the file that was written; earlier overlays go, and other files stay."""
    code, out, _ = tune(
        "explain", copied / "best" / "model.keras", images / "red", "--out", "explained"
    )
    assert code == 0
    assert out.splitlines()[0].split() == ["image", "class", "probability", "overlay"]
    assert out.count("explained/") == len(list((tmp_path / "explained").iterdir())) == 12
    shutil.copy(images / "red" / "00.png", tmp_path / "explained" / "0009_mine.jpg")
    one = images / "red" / "03.png"
    assert tune("explain", copied / "best" / "model.keras", one, "--out", "explained")[0] == 0
    left = sorted(path.name for path in (tmp_path / "explained").iterdir())
    assert left == ["0001_03.jpg", "0009_mine.jpg"]
    assert tune("explain", copied / "best" / "model.keras", one, one, "--out", "twice")[0] == 0
    assert len(list((tmp_path / "twice").iterdir())) == 2


def test_what_is_next_repeats_the_limits(capsys, copied):
    """The export refuses what the limits refuse."""
    limits = CostLimits(milliseconds=9e9, megabytes=800, parameters=12345678, single=True)
    print_result(load_study(copied).with_limits(limits))
    words = "--max-ms 9000000000.0 --max-mb 800 --max-params 12345678 --single --out model.keras"
    assert f"\nNext: tune export-best {copied} {words}" in capsys.readouterr().out


def test_a_lost_model_is_told_where_the_model_would_stand(capsys, copied):
    """What a search prints at its end names the command that restores the model, in place of the export."""
    (copied / "best" / "model.keras").unlink()
    print_result(load_study(copied))
    said = capsys.readouterr().out
    assert re.search(
        r"\nNote: \S+copied lacks best/model\.keras; restore it with `tune retrain ", said
    )
    assert "export-best" not in said


def test_predict_tells_what_it_left_out(tune, copied, images, tmp_path):
    """An unreadable image is one line on the error output; the others are classified."""
    (tmp_path / "broken.png").write_bytes(b"")
    words = [copied / "best" / "model.keras", "broken.png", images / "red" / "00.png"]
    code, out, err = tune("predict", *words)
    assert code == 0
    assert err.startswith("Left out: ")
    assert "broken.png" in err
    assert err.count("\n") == 1
    assert "00.png" in out


def test_spaces_are_listed_and_shown(tune):
    """The list has every space; a space shows every hyperparameter that may apply, and names the others."""
    _, out, _ = tune("spaces")
    assert all(name in out for name in SPACES)
    code, out, _ = tune("spaces", "plates")
    assert code == 0
    table, others = out.split("These hyperparameters have no effect with the values above: ")
    shown = {name for name in HYPERPARAMETERS if f"\n{name} " in table}
    assert shown == {name for name in HYPERPARAMETERS if SPACES["plates"].may_apply(name)}
    assert set(others.strip(" .\n").split(", ")) == set(HYPERPARAMETERS) - shown
    assert {"unfreeze", "dropout"} <= shown
    assert "0.0001 to 0.01 (log)" in out


def test_a_users_space_is_shown(tune, tmp_path):
    """A file of one's own is looked at before it is searched."""
    (tmp_path / "mine.py").write_text(SPACE)
    code, out, _ = tune("spaces", "mine.py")
    assert code == 0
    assert out.startswith("mine: Mine\n")


def test_data_are_checked(tune, images):
    """Classes with their counts, as text and as JSON."""
    code, out, _ = tune("data", "check", images)
    assert code == 0
    assert "36 images of 3 classes" in out
    code, out, _ = tune("data", "check", images, "--json")
    assert (code, json.loads(out)["images"]) == (0, 36)


def test_the_version_is_told(tune):
    """`--version` names the program."""
    code, out, _ = tune("--version")
    assert code == 0
    assert out.startswith("tune, version ")


@pytest.mark.slow
def test_reading_takes_no_framework(finished, images, tmp_path):
    """Help, report, spaces and the data check leave Keras and TensorFlow alone."""
    commands = [
        ["--help"],
        ["search", "--help"],
        ["report", str(finished.folder)],
        ["spaces", "quickstart"],
        ["data", "check", str(images)],
    ]
    code = f"""
import sys
from transfertune.tuner.cli import main
for words in {commands!r}:
    try:
        main(words)
    except SystemExit as ended:
        assert ended.code == 0, (words, ended.code)
print("loaded:", sorted(set({FRAMEWORKS!r}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"
