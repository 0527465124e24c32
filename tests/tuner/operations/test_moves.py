"""Data, study, weights and cache are moved in mid-search, and everything goes on from where they are."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from transfertune.reports import Move, Places, load_study
from transfertune.reports.study.loading import read_log
from transfertune.reports.study.log import StudyLog
from transfertune.tuner import retrain, search
from transfertune.tuner.cli.main import main
from transfertune.tuner.errors import SearchError
from transfertune.tuner.events import EpochEnded, TrialEnded

SPACE = """
from transfertune.search_spaces import Choice, Float, Space
SPACE = Space("moved", "Moved", "x", None, {"backbone": "drawn_net", "image_size": 32, "pooling": "flatten",
              "dense": Choice("none", "8"), "learning_rate": Float(3e-3, 3e-2, log=True)}, epochs=3, trials=5)
"""
OPTIONS = {
    "strategy": "random",
    "folds": 2,
    "repeats": 1,
    "in_process": True,
    "retrain_winner": False,
}
WORDS = ("--strategy", "random", "--folds", "2", "--repeats", "1", "--in-process", "--no-retrain")
NAMES = ("data", "weights", "study", "cache")


class Stop(KeyboardInterrupt):
    """What Control-C raises."""


@pytest.fixture
def tune(capsys, monkeypatch):
    """Run the command line; return its exit code, output and error output."""

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def begin(images, weights, tmp_path_factory):
    """Return the maker of a folder with images, weights and a space of their own."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("places")
        shutil.copytree(images, folder / "data")
        shutil.copytree(weights, folder / "weights")
        (folder / "space.py").write_text(SPACE)
        return folder

    return make


def words(folder: Path, names: dict[str, str]) -> list[str]:
    """Return the command line of the search with the names of its places."""
    given = [("--" + name, folder / names[name]) for name in ("data", "weights", "study")]
    parts = ("search", "--space", folder / "space.py", *itertools.chain(*given), *WORDS)
    return list(map(str, parts))


def kill_in_mid_search(folder: Path, trials: int) -> None:
    """Run the search in a process of its own and kill it when so many trials have ended, in the middle of the next."""
    environment = {**os.environ, "TRANSFERTUNE_CACHE": str(folder / "cache")}
    command = [
        sys.executable,
        "-m",
        "transfertune.tuner.cli",
        *words(folder, dict(zip(NAMES, NAMES, strict=True))),
    ]
    log = folder / "study" / "trials.jsonl"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **quiet) as search:
        while search.poll() is None:
            if log.exists() and log.read_bytes().count(b'"kind": "trial"') >= trials:
                search.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
    assert search.returncode == -signal.SIGKILL


def facts(folder: Path) -> list:
    """Return what of a study's trials does not depend on the clock."""
    return [
        (trial.number, trial.recipe, trial.score, trial.loss, [fit.score for fit in trial.fits])
        for trial in load_study(folder).trials
    ]


@pytest.fixture(scope="module")
def whole(begin):
    """A folder in which the search ran through undisturbed."""
    folder = begin()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setenv("TRANSFERTUNE_CACHE", str(folder / "cache"))
        main(words(folder, dict(zip(NAMES, NAMES, strict=True))))
    assert ended.value.code == 0
    return folder


class Moving:
    """A killed search whose things are moved under new names."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch):
        self._folder, self._patch = folder, patch
        self._names = {name: name for name in NAMES}
        self.move()

    def __getitem__(self, name: str) -> Path:
        return self._folder / self._names[name]

    def move(self, *names: str) -> None:
        """Rename some of the four; the environment names the cache."""
        for name in names:
            new = f"{self._names[name]}_moved"
            self[name].rename(self._folder / new)
            self._names[name] = new
        self._patch.setenv("TRANSFERTUNE_CACHE", str(self["cache"]))

    @property
    def words(self) -> list[str]:
        """The command line of the search with the present places."""
        return words(self._folder, self._names)

    def go_on(self) -> int:
        """Go on until a trial has ended, stop in the middle of the next, and return how many have ended in all."""
        ended = False

        def listen(event):
            nonlocal ended
            ended |= isinstance(event, TrialEnded)
            if ended and isinstance(event, EpochEnded):
                raise Stop

        with pytest.raises(Stop):
            search(
                self._folder / "space.py",
                data=self["data"],
                weights=self["weights"],
                study=self["study"],
                **OPTIONS,
                on_event=listen,
            )
        return len(load_study(self["study"]).trials)


@pytest.fixture(scope="module", params=["stopped", pytest.param("killed", marks=pytest.mark.slow)])
def moving(request, begin):
    """A search that is done after moves: stopped and all moved, or killed and each thing moved, then all."""
    folder = begin()
    with pytest.MonkeyPatch.context() as patch:
        moving = Moving(folder, patch)
        if request.param == "stopped":
            moving.go_on()
        else:
            kill_in_mid_search(folder, 3)
        ended = len(load_study(moving["study"]).trials)
        for name in NAMES if request.param == "killed" else ():
            moving.move(name)
            assert moving.go_on() > ended
            ended = len(load_study(moving["study"]).trials)
        moving.move(*NAMES)
        with pytest.raises(SystemExit) as done:
            main(moving.words)
        assert done.value.code == 0
        assert len(load_study(moving["study"]).trials) > ended
        yield moving


def test_a_search_comes_to_the_same_scores_wherever_things_are_moved(moving, whole):
    """Its log says each time that images or weights have moved, and nothing of study and cache."""
    assert facts(moving["study"]) == facts(whole / "study")
    records = read_log(StudyLog(moving["study"] / "trials.jsonl"))[1]
    moves = [record for record in records if isinstance(record, Move)]
    assert len(moves) in (1, 3)
    assert moves[-1].places.weights == str(moving["weights"])


def test_report_retraining_and_prediction_work_after_a_last_move(moving, whole, tune, tmp_path):
    """They say in one line what they miss, and by which option; the study remembers what the last call said."""
    before = moving["data"]
    moving.move(*NAMES)
    study, data, weights = (moving[name] for name in ("study", "data", "weights"))
    code, _, err = tune("report", study)
    assert (code, f"no longer at {before}; say where they are with --data DIR." in err) == (0, True)
    for given, missing in (("--data", "--weights DIR"), ("--weights", "--data DIR")):
        place = data if given == "--data" else weights
        code, _, err = tune("retrain", study, given, place)
        assert (code, missing in err, len(err.splitlines())) == (2, True, 1)
    code, _, err = tune("report", study, "--data", data, "--weights", weights)
    assert (code, err) == (0, "")
    assert load_study(study).header.places == Places(str(data), str(data), str(weights))
    assert f"read from</dt><dd><code>{data}<" in (study / "report" / "report.html").read_text()
    kept = []
    for one in (study, whole / "study"):
        retrain(load_study(one), cache=moving["cache"], again=True, in_process=True)
        kept.append(load_study(one).test_predictions()["probabilities"])
    np.testing.assert_array_equal(*kept)
    moving.move(*NAMES)
    assert tune("export-best", moving["study"], "--out", tmp_path / "model.keras")[0] == 0
    code, out, _ = tune("predict", tmp_path / "model.keras", moving["data"] / "red", "--csv")
    assert (code, out.count("red/")) == (0, 12)


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of the finished study that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "study")
    return load_study(tmp_path / "study")


def test_other_weights_are_refused(copied, cache, tmp_path):
    """The project ships weights of the same name; they are not those of the search, and the model would be another."""
    log = copied.paths.log.read_bytes()
    with pytest.raises(SearchError, match=r"no folder .*gone") as caught:
        retrain(copied, cache=cache, weights=tmp_path / "gone", again=True, in_process=True)
    (tmp_path / "empty").mkdir()
    for other in (tmp_path / "empty", "none", "imagenet"):
        with pytest.raises(SearchError, match=r"not those that .* of drawn_net; .*--weights DIR"):
            retrain(copied, cache=cache, weights=other, again=True, in_process=True)
    assert "\n" not in str(caught.value)
    assert copied.paths.log.read_bytes() == log
