"""Loading a study: whole, damaged, copied, read-only, or not a study at all."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from transfertune.reports import CostLimits, StudyError, Trial, load_study
from transfertune.reports.study.log import StudyLog


def _files(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_whole_study_comes_back(new_study, new_trial):
    """Header, trials, retrains, frames and predictions of a study are what was written."""
    trials = [new_trial(1), new_trial(2, cause="out of memory"), new_trial(3)]
    study = load_study(new_study(trials, retrain=True))
    assert study.trials == tuple(trials)
    assert study.header.command == "tune search --space quickstart"
    assert study.retrains[0].test.images == 50
    assert study.classes == ("circle", "square", "star")
    assert study.notices == ()
    assert study.unranked == (trials[1],)
    assert list(study.trials_frame()["trial"]) == [1, 2, 3]
    assert study.trials_frame().loc[0, "backbone"] == "resnet50"
    assert list(study.fits_frame()["trial"]) == [1, 3]
    assert study.fits_frame().loc[0, "loss"] == pytest.approx(1 - trials[0].score)
    epochs = study.epochs_frame()
    assert set(epochs["trial"]) == {1, 2, 3}
    assert list(epochs[epochs["trial"] == 1]["epoch"]) == list(
        range(1, trials[0].fits[0].epochs + 1)
    )
    assert study.predictions(1)["probabilities"].shape == (60, 3)
    assert study.test_predictions()["probabilities"].dtype == np.float32


def test_loading_never_writes(new_study, new_trial):
    """Every byte of a study, a torn line included, is the same after everything was read."""
    folder = new_study([new_trial(1), new_trial(2)])
    with (folder / "trials.jsonl").open("ab") as file:
        file.write(b'{"kind": "tri')
    before = _files(folder)
    study = load_study(folder)
    study.trials_frame(), study.fits_frame(), study.epochs_frame(), study.predictions_frame()
    assert _files(folder) == before
    assert len(study.trials) == 2
    assert "cut off" in study.notices[0]


def test_missing_and_damaged_trial_folders_are_survived(new_study, new_trial):
    """A trial whose folder was not copied keeps its place; its predictions are missed by name."""
    folder = new_study([new_trial(number) for number in range(1, 10)])
    shutil.rmtree(folder / "trials" / "0007")
    history = folder / "trials" / "0002" / "history.csv"
    history.write_bytes(history.read_bytes()[:-20])
    (folder / "trials" / "0003" / "history.csv").write_bytes(b"\0" * 50)
    (folder / "trials" / "0004" / "predictions.npz").write_bytes(b"PK\3\4 torn")
    np.savez(
        folder / "trials" / "0005" / "predictions.npz",
        indices=np.zeros(3),
        labels=np.zeros(2),
        probabilities=0,
    )
    study = load_study(folder)
    assert len(study.trials) == 9
    epochs = study.epochs_frame()
    assert set(epochs["trial"]) == {1, 2, 4, 5, 6, 8, 9}
    assert epochs["val_loss"].notna().all()
    with pytest.raises(StudyError, match=r"0007.*not there"):
        study.predictions(7)
    for number in (4, 5):
        with pytest.raises(StudyError, match="damaged"):
            study.predictions(number)
    with pytest.raises(StudyError, match="has no trial 12: there are 1 to 9"):
        study.predictions(12)


def test_pickles_are_never_loaded(new_study, new_trial):
    """A predictions file that hides a pickle is refused."""
    folder = new_study([new_trial(1)])
    hidden = np.array([{"a": 1}], dtype=object)
    np.savez(
        folder / "trials" / "0001" / "predictions.npz",
        indices=hidden,
        labels=hidden,
        probabilities=hidden,
    )
    with pytest.raises(StudyError, match="damaged"):
        load_study(folder).predictions(1)


def test_empty_study_has_empty_frames(new_study):
    """A study without a trial loads, has no best, and its frames have their columns."""
    study = load_study(new_study())
    assert study.recommended is None
    assert len(study.trials_frame()) == len(study.fits_frame()) == len(study.epochs_frame()) == 0
    assert list(study.predictions_frame())[-1] == "p_star"
    assert "score" in study.trials_frame()
    assert "val_accuracy" in study.epochs_frame()


def test_predictions_and_images_are_frames(new_study, new_trial):
    """One row per prediction with its slot, the classes by name, and the image by its place in images.csv."""
    folder = new_study([new_trial(1), new_trial(2, cause="x"), new_trial(3)])
    stored = dict(np.load(folder / "trials" / "0003" / "predictions.npz"))
    slots = {"repeats": np.arange(60) // 30, "folds": np.arange(60) % 5}
    np.savez(folder / "trials" / "0003" / "predictions.npz", **{**stored, **slots})
    lines = ["index,path,label,split,digest", "0,a.png,0,train,d", "1,b.png,2,test,e"]
    (folder / "images.csv").write_text("\n".join(lines))
    study = load_study(folder)
    frame = study.predictions_frame()
    assert list(frame["trial"].unique()) == [1, 3]
    assert set(frame.loc[frame["trial"] == 1, "fold"]) == {0}
    third = study.predictions_frame(3)
    assert list(third["repeat"]) == list(slots["repeats"])
    assert list(third["fold"]) == list(slots["folds"])
    assert list(third["p_star"]) == list(stored["probabilities"][:, 2])
    assert (
        third["correct"] == (third["label"].astype(str) == third["predicted"].astype(str))
    ).all()
    assert set(third["label"]) == {"circle", "square", "star"}
    assert list(study.images_frame()["label"]) == ["circle", "star"]
    assert list(study.images_frame().loc[1]) == ["b.png", "star", "test", "e"]
    with pytest.raises(StudyError, match="has no trial 12"):
        study.predictions_frame(12)
    (folder / "images.csv").write_text("index\n0,\x00")
    with pytest.raises(StudyError, match="damaged"):
        study.images_frame()


def test_without_predictions_the_loss_orders(new_study, new_trial):
    """Where no predictions are left, the recorded loss orders the trials, then the score; failures take no part."""
    trials = [
        new_trial(1, score=0.8, loss=0.9),
        new_trial(2, score=0.8, loss=0.4),
        new_trial(3, score=0.9, loss=0.4),
        new_trial(4, score=0.99, cause="crashed"),
        new_trial(5, score=float("nan")),
    ]
    folder = new_study(trials)
    shutil.rmtree(folder / "trials")
    study = load_study(folder)
    assert [trial.number for trial in study.ranked] == [3, 2, 1]
    assert study.recommended.number == 3
    assert study.ranking.expected is None


def test_limits_change_what_is_recommended(new_study, new_trial):
    """Within limits only trials that keep them are recommended; limits that none keeps are refused."""
    trials = [new_trial(number, milliseconds=float(number)) for number in range(1, 6)]
    study = load_study(new_study(trials))
    within = study.with_limits(CostLimits(milliseconds=2.5))
    assert within.recommended.milliseconds <= 2.5
    assert len(within.ranked) == len(study.ranked)
    assert study.with_limits(CostLimits()).recommended == study.recommended
    with pytest.raises(
        StudyError, match=r"at most 0.5 ms an image.*trial \d comes closest with 1 ms an image$"
    ):
        study.with_limits(CostLimits(milliseconds=0.5)).ranking  # noqa: B018


def test_parts_of_a_study_lead_to_it(new_study, new_trial, monkeypatch):
    """The log, the report folder, a trial's folder and the current folder all open the study."""
    folder = new_study([new_trial(1)])
    for part in ("trials.jsonl", "study.json", "trials", "trials/0001", "trials/0001/history.csv"):
        assert load_study(folder / part).folder.resolve() == folder.resolve()
    monkeypatch.chdir(folder / "trials")
    assert len(load_study(".").trials) == 1


def test_what_is_no_study_is_refused_with_a_way_out(new_study, tmp_path):
    """A misspelt folder, a folder of studies and any other folder each say what to do, in one line."""
    new_study(name="plates-1")
    (tmp_path / "empty").mkdir()
    for path, way_out in (
        (tmp_path / "plate-1", "did you mean .*plates-1"),
        (tmp_path, "give one of the studies in .*: plates-1"),
        (tmp_path / "empty", "give the folder that `tune search` named"),
        (tmp_path / "no" / "where", "does not exist"),
    ):
        with pytest.raises(StudyError, match=way_out) as error:
            load_study(path)
        assert "\n" not in str(error.value)


def test_damaged_and_newer_headers_are_refused(new_study):
    """A header of a later format, without an objective, or broken is said with what to do."""
    with pytest.raises(StudyError, match=r"format 3, .* reads format 2: install a newer"):
        load_study(new_study(format=3))
    with pytest.raises(StudyError, match=r"written in format 1, .* run the search again"):
        load_study(new_study(name="old", format=1))
    with pytest.raises(StudyError, match=r"objective\.direction must be max or min"):
        load_study(new_study(name="b", objective={"direction": "up"}))
    folder = new_study(name="c")
    (folder / "trials.jsonl").write_bytes(b"")
    (folder / "study.json").write_text("{")
    with pytest.raises(StudyError, match="restore it"):
        load_study(folder)
    (folder / "study.json").write_text("[]")
    with pytest.raises(StudyError, match="not a JSON object"):
        load_study(folder)
    (folder / "study.json").unlink()
    with pytest.raises(StudyError, match="has no header"):
        load_study(folder)


def test_a_folder_without_its_log_is_no_study(new_study):
    """Without the log nothing is known of the trials, so nothing is shown or written as if there were none."""
    folder = new_study()
    (folder / "trials.jsonl").unlink()
    with pytest.raises(StudyError, match=r"no trials\.jsonl in it"):
        load_study(folder)


def test_header_comes_from_study_json_when_the_log_lacks_it(new_study):
    """A search killed while it wrote its first line still opens."""
    folder = new_study()
    (folder / "trials.jsonl").write_bytes(b'{"kind": "stu')
    assert load_study(folder).header.seed == 0


def test_repeated_trial_counts_once(new_study, new_trial):
    """Of two records with one number the later counts, and that is said; a bad record is refused."""
    folder = new_study([new_trial(1), new_trial(1, score=0.5)])
    study = load_study(folder)
    assert [trial.score for trial in study.trials] == [0.5]
    assert "twice" in study.notices[0]
    StudyLog(folder / "trials.jsonl").append({"kind": "trial", "number": 2})
    with pytest.raises(StudyError, match=r"record 4: not a trial"):
        load_study(folder)


@pytest.mark.slow
def test_ten_thousand_trials_load_quickly(new_study, new_trial, tmp_path):
    """Ten thousand trials load in seconds, not minutes, from any order."""
    folder = new_study()
    record = new_trial(1).as_dict()
    with (folder / "trials.jsonl").open("a") as file:
        for number in range(10_000, 0, -1):
            file.write(json.dumps({"kind": "trial", **record, "number": number}) + "\n")
    study = load_study(folder)
    assert study.recommended == Trial.from_dict({**record, "number": 1})


def test_reading_imports_nothing_heavy():
    """Importing reports pulls in neither Keras nor TensorFlow, pandas, matplotlib or scikit-learn."""
    heavy = [
        "keras",
        "tensorflow",
        "pandas",
        "matplotlib",
        "sklearn",
        "tensorboard",
        "jinja2",
        "scipy",
    ]
    code = f"import sys, transfertune.reports; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_trial_that_another_went_on_with_is_not_ranked(new_study, new_trial):
    """Of one training that was continued only the last trial is ranked, unless the continuation failed."""
    trials = [
        new_trial(1, score=0.8),
        new_trial(2, score=0.7),
        new_trial(3, score=0.81, strategy={"continues": 1}),
        new_trial(4, cause="crashed", strategy={"continues": 2}),
    ]
    assert {trial.number for trial in load_study(new_study(trials)).ranked} == {3, 2}


def test_repr_is_cheap_and_safe(new_study, new_trial):
    """It ranks nothing and reads no file, so that it works where the ranking raises."""
    study = load_study(new_study([new_trial(1), new_trial(2, cause="x")]))
    strict = study.with_limits(CostLimits(milliseconds=1e-9))
    shutil.rmtree(study.folder)
    said = f"<Study {study.folder}: 1 of 2 trials completed, objective accuracy>"
    assert repr(study) == repr(strict) == said
    assert "ranking" not in vars(study)
