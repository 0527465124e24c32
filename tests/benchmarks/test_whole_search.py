"""The benchmark of whole searches: its figures from known lines and records, and one real run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from whole_figures import PHASES, figures, left_factors, phases, rows

BENCHMARK = Path(__file__).with_name("whole_search.py")
LINES = [
    (2.0, "Searching food10_small on food: reading the images"),
    (3.0, "reading images: 1000"),
    (5.0, "comparing likely duplicates: 27"),
    (6.0, "preparing backbones: 2"),
    (8.0, "mobilenet_v2 features at 224 px: 750"),
    (9.0, "checking labels: 5"),
    (9.5, "Study studies/food10_small"),
    (12.5, "Baseline 1  accuracy 0.6800  a logistic probe on mobilenet_v2 at 224 px  (3 s)"),
    (14.0, "mobilenet_v2 features at 320 px: 750"),
    (16.5, "Trial 2 (1/2)  accuracy 0.7000  dense 64  (9 epochs per fit, 4 s)  about 30 s left"),
    (20.5, "Trial 3 (2/2)  accuracy 0.7000  dense 32  (9 epochs per fit, 4 s)  about 2 min left"),
    (20.6, "Further fits, up to 10 each, for trials 2"),
    (24.5, "Trial 2  accuracy 0.7100 over 10 fits"),
    (25.0, "Ensemble 4  accuracy 0.7200  a weighted mean of 2 models  (0 s)"),
    (26.0, "Retraining trial 2 on all images except the test images for 9 epochs"),
    (28.0, "retraining: 9"),
    (
        38.0,
        "Nothing has beaten chance: it is 0.1. Trial 2, with a head, is recommended: nothing is better.",
    ),
]


def trial(number: int, role: str, seconds: float, *fits: float) -> dict:
    """Return the record of a trial."""
    times = [{"seconds": one} for one in fits]
    return {"kind": "trial", "number": number, "role": role, "seconds": seconds, "fits": times}


RECORDS = [
    {"kind": "study"},
    {"kind": "start", "number": 1},
    trial(1, "baseline", 3.0, 0.5, 0.5),
    trial(2, "search", 4.0, 1.0, 1.5),
    trial(3, "search", 4.0),
    {"kind": "fit", "trial": 2, "seconds": 4.0, "fits": [{"seconds": 3.5}]},
    trial(4, "ensemble", 0.0, 5.0),
    {"kind": "retrain", "seconds": 10.0, "test": {"accuracy": 0.75}},
]
RUN = {"lines": LINES, "wall": 40.0, "cpu": 60.0, "mb": {"command": 300.0}}


def test_phases_are_the_wall_time():
    """Lines end phases, passes are what of a trial lies outside its fits, and nothing is counted twice or lost."""
    found = phases(LINES, RECORDS, 40.0)
    assert tuple(found) == PHASES
    assert found == pytest.approx(
        {
            "imports": 2.0,
            "reading and checking": 3.0,
            "first worker": 1.0,
            "label check": 1.5,
            "feature passes": 2.0 + 2.0 + 1.5 + 0.5,
            "baselines": 1.0,
            "search": 8.0 - 1.5,
            "further fits": 4.0 - 0.5,
            "ensembles": 1.5,
            "retraining": 10.0,
            "report": 4.0,
        }
    )
    assert sum(found.values()) == pytest.approx(40.0)


def test_estimates_are_wrong_by_a_factor():
    """Too long and too short count alike; the first fifth and the last three seconds do not count."""
    lines = [
        (19.0, "Trial 1 (1/9)  accuracy 0.7  about 1 s left"),
        (50.0, "Trial 2 (2/9)  accuracy 0.7  about 25 s left"),
        (60.0, "Trial 3 (3/9)  accuracy 0.7  about 2 min left"),
        (70.0, "Trial 4 (4/9)  accuracy 0.7"),
        (98.0, "Trial 9 (9/9)  accuracy 0.7  about 90 s left"),
    ]
    assert left_factors(lines, 100.0) == pytest.approx([2.0, 3.0])


def test_cells_are_medians_and_say_what_was_tested():
    """Repeats give medians; a model without a look at the test images is told from no model."""
    first = figures(RUN, RECORDS)
    cells = rows([first, {**first, "wall": 60.0}], yardstick=10.0)
    assert cells["wall, s"] == "50.0"
    assert cells["wall, passes"] == "5.0"
    assert cells["searched trials"] == "2"
    assert cells["first estimate of the time left, after s"] == "16.5"
    assert cells["recommended"] == "Trial 2, with a head"
    assert cells["test accuracy"] == "0.750"
    kept = figures(RUN, [{"kind": "retrain", "seconds": 1.0, "test": None}])
    assert rows([kept], None)["test accuracy"] == "not looked at"
    assert rows([figures(RUN, [])], None)["test accuracy"] == "no model"


def test_missing_images_are_one_line():
    """A case without its images or weights is refused before anything runs."""
    for options, message in (((), "plates needs --data"), (("--case", "food10"), "food10 needs")):
        words = [sys.executable, str(BENCHMARK), *options]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 2
        assert message in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_quickstart_is_measured(tmp_path):
    """A real search has every phase that it must have, and its phases are its wall time."""
    out = tmp_path / "results.json"
    words = [sys.executable, str(BENCHMARK), "--case", "quickstart", "--out", str(out)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    cold, warm = json.loads(out.read_text())["runs"]
    for run in (cold, warm):
        assert sum(run["phases"].values()) == pytest.approx(run["wall"])
        never = {"further fits"}  # depends on the scores
        assert all(seconds > 0 for name, seconds in run["phases"].items() if name not in never)
        assert run["mb"]["all"] > run["mb"]["largest process"] / 2 > 0
        assert run["trials"] == 12 and run["accuracy"] > 0.5
    assert "| quickstart | wall, s | " in done.stdout
