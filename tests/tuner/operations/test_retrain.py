"""Retraining: once, on train + validation, scored on test, and handed over as a file that needs no transfertune."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from transfertune.reports import StudyError, load_study, verdict
from transfertune.tuner import export_best, retrain
from transfertune.tuner.errors import SearchError

HOLD = """
import sys
from pathlib import Path
from transfertune.reports import open_store
with open_store(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of the finished study that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "study")
    return load_study(tmp_path / "study")


@pytest.fixture(scope="module")
def rows(finished, images):
    """images.csv as dictionaries with whole paths."""
    with (finished.folder / "images.csv").open(newline="") as file:
        return [{**row, "path": images / row["path"]} for row in csv.DictReader(file)]


def test_the_record_says_what_was_done(finished):
    """One look: the winner, its best epoch, and the scores on the whole test split."""
    (record,) = finished.retrains
    assert record.trial == finished.recommended.number == finished.ranking.recommended.number
    assert record.epochs == finished.recommended.fits[0].best_epoch
    assert record.look == 1
    assert record.model == "best/model.keras"
    assert record.test.images == finished.header.split.test
    kept = finished.test_predictions()
    guesses = kept["probabilities"].argmax(axis=1)
    assert record.test.accuracy == pytest.approx((guesses == kept["labels"]).mean())
    assert record.test.score == record.test.accuracy
    assert record.test.loss > 0


def test_only_test_images_are_scored(finished, rows):
    """The predictions are those of the test split, all of it."""
    kept = finished.test_predictions()
    assert kept["indices"].tolist() == [i for i, r in enumerate(rows) if r["split"] == "test"]
    assert kept["labels"].tolist() == [int(rows[i]["label"]) for i in kept["indices"]]


def test_a_second_look_is_refused(copied, cache):
    """The error gives the first look's trial and score, and what takes another one."""
    log = (copied.folder / "trials.jsonl").read_bytes()
    with pytest.raises(SearchError, match=r"scored already: .*trial \d.*--again") as caught:
        retrain(copied, cache=cache, in_process=True)
    assert "\n" not in str(caught.value)
    assert (copied.folder / "trials.jsonl").read_bytes() == log


def test_another_look_is_recorded_as_such(copied, cache):
    """With `again` another trial is retrained, and the log keeps both looks."""
    other = next(t.number for t in copied.trials[4:] if t.number != copied.recommended.number)
    record = retrain(copied, cache=cache, trial=other, again=True, in_process=True)
    assert (record.trial, record.look) == (other, 2)
    assert [r.look for r in load_study(copied.folder).retrains] == [1, 2]


def test_retraining_repeats(copied, cache, finished):
    """The same trial again gives the same weights, and so the same probabilities."""
    retrain(copied, cache=cache, again=True, in_process=True)
    np.testing.assert_array_equal(
        load_study(copied.folder).test_predictions()["probabilities"],
        finished.test_predictions()["probabilities"],
    )


def _lose(file):
    file.unlink()


def _cut(file):
    file.write_bytes(file.read_bytes()[:-100])


def _overwrite(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "harm", "says"),
    [
        ("model.keras", _lose, r"lacks best/model\.keras"),
        ("model.keras", _cut, r"model\.keras is not the file that the retraining wrote"),
        ("model.keras", _overwrite, r"model\.keras is not the file that the retraining wrote"),
    ],
)
def test_a_lost_or_damaged_model_is_restored(copied, cache, tmp_path, name, harm, says):
    """The export names what is missing and the command; that command restores it, which is no second look."""
    trial = copied.retrains[0].trial
    harm(copied.folder / "best" / name)
    with pytest.raises(SearchError, match=rf"{says}; .*`tune retrain \S+ --trial {trial}`\.$"):
        export_best(copied, tmp_path / "model.keras")
    assert not (tmp_path / "model.keras").exists()
    other = next(t.number for t in copied.trials[4:] if t.number != trial)
    with pytest.raises(SearchError, match=says):
        retrain(copied, cache=cache, trial=other, in_process=True)
    record = retrain(copied, cache=cache, trial=trial, in_process=True)
    assert (record.trial, record.look) == (trial, 1)
    assert record.test == copied.retrains[0].test
    assert export_best(load_study(copied.folder), tmp_path / "model.keras").files[0].is_file()


def test_a_study_that_is_being_searched_is_not_retrained(copied, cache):
    """Another process holds the lock, as a running search does: one line that names it, and nothing changes."""
    log = copied.paths.log.read_bytes()
    words = [sys.executable, "-c", HOLD, str(copied.folder)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as search:
        assert search.stdout.readline() == "held\n"
        with pytest.raises(StudyError, match=f"worked on by process {search.pid}; wait") as caught:
            retrain(copied, cache=cache, again=True)
        search.stdin.close()
    assert "\n" not in str(caught.value)
    assert copied.paths.log.read_bytes() == log


def test_what_cannot_be_retrained_is_refused(copied, cache):
    """An unknown trial, a lost history and a lost list of images are one line each."""
    with pytest.raises((SearchError, StudyError), match="no trial 99: there are 1 to 9"):
        retrain(copied, cache=cache, trial=99, again=True)
    (copied.folder / "trials" / "0006" / "history.csv").unlink()
    with pytest.raises(StudyError, match=r"history\.csv is missing or damaged"):
        retrain(copied, cache=cache, trial=6, again=True)
    (copied.folder / "images.csv").write_text("index\n0\n")
    with pytest.raises(StudyError, match=r"images.csv is missing or damaged"):
        retrain(copied, cache=cache, trial=7, again=True)


def test_failed_trials_and_empty_studies_are_refused(run_search, searched, tmp_path, cache):
    """A trial without a score cannot be retrained, nor a study in which nothing succeeded."""
    empty = replace(run_search(tmp_path / "empty", budget=0.001), trials=())
    with pytest.raises(SearchError, match=r"No trial of .* has succeeded"):
        retrain(empty, cache=cache)
    with pytest.raises(SearchError, match="no retrained model yet; run `tune retrain` first"):
        export_best(empty, tmp_path / "model.keras")
    diverges = {"optimizer": ["sgd"], "learning_rate": [10], "l2": [100]}
    study = run_search(tmp_path / "study", settings=diverges, trials=1)
    (failed,) = searched(study)
    with pytest.raises(SearchError, match=rf"Trial {failed.number} failed \(.*loss became"):
        retrain(study, cache=cache, trial=failed.number)


def test_several_seeds_are_scored_at_one_look(copied, cache, tmp_path):
    """The model is that of the first seed, as with one seed; every score is kept, and the spread is said in words."""
    number = next(t.number for t in copied.trials if t.recipe.get("dropout"))
    one = retrain(copied, cache=cache, trial=number, again=True, in_process=True)
    kept = load_study(copied.folder).test_predictions()
    record = retrain(copied, cache=cache, trial=number, again=True, seeds=3, in_process=True)
    assert (record.seed, record.test, record.epochs) == (one.seed, one.test, one.epochs)
    assert record.look == one.look + 1
    assert len({record.seed, *(other.seed for other in record.others)}) == 3
    assert len({record.test.loss, *(other.test.loss for other in record.others)}) == 3
    study = load_study(copied.folder)
    np.testing.assert_array_equal(study.test_predictions()["probabilities"], kept["probabilities"])
    assert study.retrains[-1] == record
    scores = [record.test.score, *(other.test.score for other in record.others)]
    words = f"3 seeds give a test accuracy of {min(scores):.3f} to {max(scores):.3f}, with mean"
    words = "All 3 seeds give this test accuracy" if len(set(scores)) == 1 else words
    assert words in verdict(study)[-1]
    export_best(study, tmp_path / "model.keras")
    assert words in (tmp_path / "model.card.md").read_text()
    study.paths.model.unlink()
    restored = retrain(load_study(copied.folder), cache=cache, trial=number, in_process=True)
    assert (restored.others, restored.look) == (record.others, record.look)


def test_seeds_that_cannot_be_scored_are_refused(copied, cache):
    """None, and several without test images, are one line each; nothing is written."""
    log = copied.paths.log.read_bytes()
    with pytest.raises(SearchError, match="seeds must be a whole number from 1, but got 0"):
        retrain(copied, cache=cache, again=True, seeds=0)
    split = replace(copied.header.split, test=0)
    untested = replace(copied, header=replace(copied.header, split=split))
    with pytest.raises(SearchError, match="no test images to score several seeds on"):
        retrain(untested, cache=cache, again=True, seeds=2)
    assert copied.paths.log.read_bytes() == log
