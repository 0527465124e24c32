"""The comparison with peers: its figures from known records, and one round of every method on drawn images."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import DRAWN_CLASSES, draw_images

PEERS = Path(__file__).with_name("peers.py")
OPTIONS = ("--weights", "imagenet", "--space", "quickstart", "--backbones", "drawn_net")


def run(data: Path, out: Path, *options: str) -> subprocess.CompletedProcess:
    """Run the benchmark."""
    words = [sys.executable, str(PEERS), "--data", str(data), "--out", str(out), *OPTIONS, *options]
    return subprocess.run(words, capture_output=True, text=True)


def rows(printed: str) -> dict[str, list[str]]:
    """Return the cells of a printed table by the letter of the method."""
    found = re.findall(r"^\| 1 \| (\w)\) (.*) \|$", printed, re.M)
    return {letter: rest.split(" | ")[1:] for letter, rest in found}


def record(peer: str, seed: int, right: int, claim: float | None) -> dict:
    """Return the record of a run with `right` of 10 test images."""
    correct = [1.0] * right + [0.0] * (10 - right)
    values = {"correct": correct, "losses": [0.5] * 10, "claim": claim, "seconds": 60.0}
    return {"peer": peer, "minutes": 1.0, "seed": seed, "ended": False, **values}


def test_table_compares_claim_and_truth(tmp_path):
    """Records that are there are not run again; means, paired differences and claims come from them."""
    records = [record("d", 0, 6, 0.9), record("d", 1, 6, 0.5)]
    records += [record("e", 0, 8, 0.8), record("e", 1, 8, None)]
    for one in records:
        (tmp_path / f"{one['peer']}-1-{one['seed']}.json").write_text(json.dumps(one))
    done = run(tmp_path, tmp_path, "--peers", "d,e", "--minutes", "1", "--seeds", "2")
    assert done.returncode == 0, done.stderr
    found = rows(done.stdout)
    accuracy, better, loss, claim, error, distance, seconds, runs, none = found["d"]
    assert accuracy.startswith("60.0 [") and better.startswith("+20.0 [")
    assert loss == "0.50 [0.50, 0.50]"
    assert (claim, distance, seconds, runs, none) == ("70.0", "20.0", "60", "2", "0")
    assert error.startswith("+10.0 [")
    accuracy, better, _, claim, error, distance, _, _, none = found["e"]
    assert accuracy.startswith("80.0 [") and better == ""
    assert (claim, distance, none) == ("80.0", "0.0", "1")
    assert "claim minus truth" in (tmp_path / "peers.svg").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--peers", "x"), "'x' is none of a, b, c, d, e."),
        (("--minutes", "1,soon"), "must be numbers above 0 such as 1,3,10, but got '1,soon'."),
        (("--backbones", "resnet"), "'resnet' is none of"),
        (("--weights", "nowhere", "--peers", "d"), "there is no folder nowhere"),
        (("--minutes", "1", "--peers", "d"), "no class folders in it"),
    ],
)
def test_mistakes_are_one_line(tmp_path, options, message):
    """A wrong option, missing weights or a folder without images end with a message and no traceback."""
    (tmp_path / "data").mkdir()
    done = run(tmp_path / "data", tmp_path / "out", *options)
    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_other_options_need_another_folder(tmp_path):
    """Runs with other options are not mixed with those in the folder."""
    (tmp_path / "setup.json").write_text(json.dumps({"images": 40}))
    done = run(tmp_path, tmp_path, "--peers", "d")
    assert done.returncode == 1
    assert "use the same options or another --out" in done.stderr


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """A folder of drawn images, of each class 20 for training and 10 for testing."""
    root = tmp_path_factory.mktemp("drawn")
    pixels, labels = draw_images(DRAWN_CLASSES, 30, 64, seed=3)
    counts = np.zeros(len(DRAWN_CLASSES), int)
    for image, label in zip(pixels, labels, strict=True):
        counts[label] += 1
        split = "train" if counts[label] <= 20 else "test"
        place = root / split / DRAWN_CLASSES[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{counts[label]:02d}.png")
    return root


@pytest.mark.slow
@pytest.mark.parametrize("peer", "abcde")
def test_every_method_has_a_model_at_its_limit(drawn, tmp_path, peer):
    """Every method trains a model that is better than a guess, and claims an accuracy."""
    if peer == "c" and importlib.util.find_spec("optuna") is None:
        pytest.skip("optuna is not installed: it comes with the extra benchmarks")
    done = run(drawn, tmp_path, "--peers", peer, "--minutes", "1", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / f"{peer}-1-0.json").read_text())
    assert 0 < found["claim"] <= 1
    assert np.mean(found["correct"]) > 2 / len(DRAWN_CLASSES)
