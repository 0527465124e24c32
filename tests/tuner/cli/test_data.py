"""`tune data`: what it prints and writes, and its mistakes on one line."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets.duplicates.search import SEARCHING
from transfertune.tuner.cli.main import main

SEARCH_LOGGER = "transfertune.datasets.duplicates.search"


@pytest.fixture
def tune(capsys, tmp_path, monkeypatch):
    """Run the command line in an empty folder; return its exit code, output and error output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRANSFERTUNE_CACHE", str(tmp_path / "cache"))

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def pets(tmp_path) -> Path:
    """Four training and two test images of each of two classes, one of them in both."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 4), ("test", 2)):
        for name in ("cats", "dogs"):
            folder = tmp_path / "pets" / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (48, 40, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    shutil.copy(tmp_path / "pets/train/cats/0.png", tmp_path / "pets/test/cats/again.png")
    return tmp_path / "pets"


def test_the_check_is_printed(tune, pets):
    """Tables of classes, sizes and channels, then the findings."""
    code, out, err = tune("data", "check", "pets")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("pets: 13 images of 2 classes")
    assert next(line for line in lines if line.startswith("cats")).split() == [
        "cats", "4", "50.0%", "3", "60.0%",
    ]  # fmt: skip
    assert any(line.split() == ["40x48", "13"] for line in lines)
    assert any(line.startswith("Problem: 1 image in more than one split") for line in lines)
    assert "test/cats/again.png = train/cats/0.png" in out
    assert "Traceback" not in err


def test_the_check_as_json(tune, pets):
    """The same as one JSON object, with the classes that are too small for the folds."""
    code, out, _ = tune("data", "check", "pets", "--json", "--folds", "5")
    values = json.loads(out)
    assert code == 0
    assert [finding["kind"] for finding in values["findings"]] == ["small", "leak"]


def test_a_manifest_mends_the_leak(tune, pets):
    """What `--manifest` writes is checked without a leak."""
    code, out, _ = tune("data", "check", "pets", "--manifest", "pets/all.csv")
    assert code == 0
    assert out.splitlines()[-1] == "Written: pets/all.csv; 1 image moved to another split."
    assert "Problem" not in tune("data", "check", "pets/all.csv")[1]


def test_a_preview_is_an_image(tune, pets):
    """The grid has a column for the image and one for every view."""
    words = ("--augment", "noise+flip", "--views", "3", "--size", "32", "--out", "p.png")
    code, out, _ = tune("data", "preview", "pets", *words)
    assert code == 0
    assert out.startswith("Written: p.png (148x")
    assert Image.open("p.png").width == 4 + 4 * 36


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("data", "check", "pets", "--manifest", "all.txt"), "writes a .csv file, but got all.txt"),
        (("data", "check", "pets", "--manifest", "no/all.csv"), "there is no folder"),
        (("data", "check", "pest"), "did you mean 'pets'"),
        (("data", "preview", "pets", "--out", "p.tar"), "must end in .png"),
        (("data", "preview", "pets", "--out", "no/p.png"), "there is no folder"),
        (("data", "preview", "pets", "--augment", "nois", "--out", "p.png"), "did you mean 'noise'"),
        (("data", "preview", "pets", "--mix", "cutmax", "--out", "p.png"), "cutmix"),
        (("data", "preview", "pets", "--mix", "mixup", "--alpha", "-1", "--out", "p.png"), "range x>0"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(tune, pets, words, told):
    """Exit code 2, one line with what is allowed, and nothing written."""
    before = sorted(Path().glob("*"))
    code, out, err = tune(*words)
    assert code == 2
    assert told in err.splitlines()[-1]
    assert "Traceback" not in err
    assert out == ""
    assert [path for path in sorted(Path().glob("*")) if path not in before] in (
        [],
        [Path("cache")],
    )


@pytest.mark.slow
def test_labels_are_checked_where_a_backbone_is_named(tune, pets):
    """The doubted labels are a table in the text and a list in the JSON; without --backbone nobody is asked."""
    code, out, _ = tune("data", "check", "pets", "--backbone", "drawn_net", "--json")
    labels = json.loads(out)["labels"]
    assert (code, labels["backbone"], labels["images"]) == (0, "drawn_net", 8)
    code, out, _ = tune("data", "check", "pets", "--backbone", "drawn_net")
    assert code == 0
    assert ("doubted by a probe on drawn_net" in out) == bool(labels["disputed"])
    assert "labels" not in json.loads(tune("data", "check", "pets", "--json")[1])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--backbone", "drawn_nt"], "Did you mean 'drawn_net'"),
        (["--backbone", "residual_net"], "trained from scratch"),
        (["--weights", "none"], "--weights needs --backbone; add --backbone or leave"),
        (["--backbone", "resnet50", "--weights", "nowhere"], "there is no folder nowhere"),
    ],
)
def test_a_backbone_that_cannot_judge_labels_is_refused(tune, pets, words, says):
    """One line, before an image is read."""
    code, out, err = tune("data", "check", "pets", *words)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_a_class_too_small_for_its_labels_to_be_checked_keeps_the_check(tune, pets):
    """What was found is printed; then the line says which class it is, and the code is that of a mistake."""
    for name in ("1.png", "2.png", "3.png"):
        (pets / "train/dogs" / name).unlink()
    code, out, err = tune("data", "check", "pets", "--backbone", "drawn_net")
    assert code == 2
    assert out.startswith("pets: 10 images of 2 classes")
    assert "The labels could not be checked" in err
    assert "these have fewer: dogs" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--mix", "cutmix", "--augment", "strong"], "--mix shows mixed images without"),
        (["--alpha", "1"], "--alpha needs --mix; add --mix or leave --alpha out"),
    ],
)
def test_options_that_would_do_nothing_are_refused(tune, pets, words, says):
    """Nothing is ignored in silence."""
    code, out, err = tune("data", "preview", "pets", "--out", "grid.png", *words)
    assert (code, out) == (2, "")
    assert says in err
    assert not Path("grid.png").exists()


@pytest.fixture
def searches_for_duplicates(caplog):
    """Count how often duplicates were really searched for."""
    caplog.set_level(logging.INFO, logger=SEARCH_LOGGER)
    return lambda: sum(record.msg == SEARCHING for record in caplog.records)


def test_a_check_without_a_cache_looks_for_duplicates_once(
    tune, pets, searches_for_duplicates, monkeypatch
):
    """The manifest takes what the check has found."""
    monkeypatch.setenv("TRANSFERTUNE_CACHE", str(pets / "train/cats/0.png/cache"))
    assert tune("data", "check", "pets", "--manifest", "clean.csv")[0] == 0
    assert searches_for_duplicates() == 1


def test_a_search_without_a_cache_looks_for_duplicates_once(
    tune, pets, searches_for_duplicates, monkeypatch
):
    """The division takes what the check has found; here it refuses the folds."""
    monkeypatch.setenv("TRANSFERTUNE_CACHE", str(pets / "train/cats/0.png/cache"))
    code, _, err = tune("search", "--space", "quickstart", "--data", "pets", "--folds", "9")
    assert code == 2
    assert "folds must be at most" in err
    assert searches_for_duplicates() == 1
