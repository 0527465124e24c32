"""A search from options to a finished study, with real training."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta, timezone

import pytest

from transfertune.reports import OBJECTIVES, Header, load_study
from transfertune.search_spaces import Choice, Recipe
from transfertune.tuner.errors import SearchError
from transfertune.tuner.events import Progress
from transfertune.tuner.places.last_study import last_study

DIVERGES = {"optimizer": ["sgd"], "learning_rate": [10], "l2": [100]}


def scores(study):
    """Return what must repeat of a study."""
    return [(trial.recipe, trial.score, trial.cause) for trial in study.trials]


def test_a_study_has_its_files(finished):
    """The folder is the one that the design describes, readable without the program."""
    inside = {p.relative_to(finished.folder).as_posix() for p in finished.folder.rglob("*")}
    assert inside >= {
        "study.json",
        "trials.jsonl",
        "images.csv",
        "best/model.keras",
        "best/predictions.npz",
        "report/report.html",
        "report/leaderboard.csv",
        "report/leaderboard.json",
        "tensorboard/0001",
        "trials/0008/fits.json",
        "trials/0008/history.csv",
        "trials/0008/predictions.npz",
    }
    assert not any("state-" in name for name in inside)
    assert not any("part" in name.rsplit("/", 1)[-1].split(".") for name in inside)


def test_the_header_says_what_was_searched(finished, images):
    """study.json is the log's first line: space, data, objective, limits, seed, versions, command."""
    header = json.loads((finished.folder / "study.json").read_text())
    assert Header.from_json(header) == finished.header
    assert header["space"]["name"] == "tiny"
    assert header["data"]["classes"] == ["blue", "green", "red"]
    assert header["data"]["root"] == str(images)
    assert header["limits"] == {"trials": 4, "budget_s": None, "epochs": 3}
    assert sum(header["split"].values()) == 36
    assert header["command"] == "tune search --space tiny"
    assert header["versions"]["keras"]


def test_every_trial_is_a_recipe_with_its_numbers(finished):
    """Numbers count from 1; recipes read back; one fit with its seed; parameters, size, time and loss."""
    assert [trial.number for trial in finished.trials] == list(range(1, 10))
    for trial in finished.trials[:8]:
        recipe = Recipe.from_dict(trial.recipe)
        assert recipe.as_dict() == trial.recipe
        (fit,) = trial.fits
        assert fit.seed > 0
        assert 0 < trial.parameters["trainable"] < trial.parameters["total"]
        assert trial.megabytes == pytest.approx(4e-6 * trial.parameters["total"])
        assert trial.seconds >= fit.seconds > 0
        assert trial.milliseconds > 0
        assert trial.loss == pytest.approx(fit.metrics["loss"])


def test_baselines_come_first(finished, searched):
    """A probe, neighbours, the most frequent class and plain fine-tuning; then proposals; an ensemble ends it."""
    roles = [trial.role for trial in finished.trials]
    assert roles == ["baseline"] * 4 + ["search"] * 4 + ["ensemble"]
    *classifiers, last = [trial.recipe["classifier"] for trial in finished.trials]
    assert classifiers == ["logistic", "neighbours", "most_frequent"] + ["head"] * 5
    assert last == "ensemble"
    assert finished.trials[3].recipe["head_start"] == "probe"
    for trial in searched(finished):
        assert trial.strategy["name"] == "random"
        assert trial.fits[0].epochs == 3
        assert 1 <= trial.fits[0].best_epoch <= 3


def test_scores_are_those_of_the_kept_predictions(finished):
    """The score is the objective on the stored probabilities of the validation images."""
    with (finished.folder / "images.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for trial in finished.trials:
        kept = finished.predictions(trial.number)
        assert {rows[i]["split"] for i in kept["indices"]} == {"validation"}
        assert [int(rows[i]["label"]) for i in kept["indices"]] == kept["labels"].tolist()
        score = OBJECTIVES["accuracy"].score(kept["labels"], kept["probabilities"])
        assert trial.score == score == trial.fits[0].metrics["accuracy"]
        assert {*kept["repeats"], *kept["folds"]} == {0}


def test_something_was_learned(finished):
    """The colours are easy: the best recipe knows most of them."""
    assert finished.recommended.score > 0.6


def test_every_epoch_is_in_the_history(finished):
    """history.csv has one row an epoch with the columns that reports read; what has no epochs has none."""
    frame = finished.epochs_frame()
    frame = frame[frame["trial"] >= 5]
    assert len(frame) == 12
    assert set(finished.epochs_frame()["trial"]) == {4, 5, 6, 7, 8}
    assert set(frame["stage"]) == {"head"}
    assert frame[["loss", "val_loss", "learning_rate"]].notna().all().all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_scores(finished, run_search, tmp_path):
    """Seed 0 again, in another folder, gives the same recipes and scores; seed 1 others."""
    again = run_search(tmp_path / "again", trials=2)
    assert scores(again)[:6] == scores(finished)[:6]
    other = run_search(tmp_path / "other", trials=2, seed=1)
    assert [t.recipe for t in other.trials[4:6]] != [t.recipe for t in again.trials[4:6]]


def test_the_last_study_is_remembered(run_search, cache, tmp_path):
    """What was searched last is what `tune report` finds."""
    study = run_search(tmp_path / "study", trials=1)
    assert last_study(cache) == study.folder.resolve()


def test_a_finished_search_has_nothing_left_to_do(finished, run_search):
    """The same call again runs no trial, takes no second look at the test images, and writes no fact."""
    log = (finished.folder / "trials.jsonl").read_bytes()
    again = run_search(finished.folder, retrain_winner=True)
    assert scores(again) == scores(finished)
    assert (finished.folder / "trials.jsonl").read_bytes() == log


def test_a_loss_is_made_small(run_search, tmp_path):
    """With log_loss the first in the ranking has the lowest score."""
    study = run_search(tmp_path / "study", objective="log_loss", trials=3)
    assert study.direction == "min"
    assert study.ranking.best.score == min(trial.score for trial in study.trials)


def test_events_tell_the_story(run_search, tmp_path):
    """Search, then for each trial its start, epochs and end, then the retraining; baselines have mostly no epochs."""
    events = []
    run_search(tmp_path / "study", trials=2, epochs=2, retrain_winner=True, on_event=events.append)
    assert [type(e).__name__ for e in events if not isinstance(e, Progress)] == [
        "PreparationStarted",
        "DataRead",
        "DataChecked",
        "LabelsChecked",
        "SearchStarted",
        *["TrialAnnounced", "TrialStarted", "TrialEnded"] * 3,
        *["TrialAnnounced", "TrialStarted", "EpochEnded", "EpochEnded", "TrialEnded"] * 3,
        "TrialEnded",  # an ensemble, for which nothing is trained
        "RetrainingStarted",
        "RetrainingEnded",
    ]


@pytest.mark.slow
def test_a_failed_trial_is_recorded_and_never_ranked(run_search, searched, tmp_path):
    """A recipe that diverges keeps its cause; the search goes on and picks the other."""
    study = run_search(
        tmp_path / "study",
        strategy="grid",
        settings={**DIVERGES, "l2": [100, 0], "dropout": [0.1], "batch_size": [8], "dense": ["8"]},
    )
    failed, completed = searched(study)
    assert (failed.status, failed.score, failed.fits) == ("failed", None, ())
    assert "loss became" in failed.cause
    assert "in epoch" in failed.cause
    assert completed.status == "completed"
    assert failed not in study.ranked
    assert study.unranked == (failed,)
    assert failed.cause in (study.folder / "report" / "report.html").read_text()


@pytest.mark.slow
def test_a_hopeless_search_stops(run_search, searched, tmp_path):
    """Five failures and no success but baselines end it with the cause and a log, and so does going on."""
    for _ in range(2):
        with pytest.raises(SearchError, match=r"All 5 trials failed.*loss became") as caught:
            run_search(tmp_path / "study", settings=DIVERGES, trials=9)
        assert "\n" not in str(caught.value)
    study = load_study(tmp_path / "study")
    assert [trial.status for trial in searched(study)] == ["failed"] * 5
    assert study.recommended.role == "baseline"
    assert (study.folder / "report" / "report.html").exists()


@pytest.mark.slow
def test_a_budget_ends_the_search(run_search, tmp_path):
    """Without a number of trials it ends by itself, and begins none after its time."""
    began = datetime.now(timezone.utc)
    study = run_search(tmp_path / "study", budget=12.0)
    assert vars(study.header.limits) == {"trials": None, "budget_s": 12.0, "epochs": 3}
    for trial in study.trials:
        assert datetime.fromisoformat(trial.started) < began + timedelta(seconds=12)


def test_a_budget_that_is_over_still_gives_a_probe(run_search, tmp_path):
    """It is usable, but the test images are kept for a model that more time would find."""
    study = run_search(tmp_path / "study", budget=0.001, retrain_winner=True)
    assert [trial.recipe["classifier"] for trial in study.trials] == ["logistic"]
    assert study.recommended == study.trials[0]
    (retrain,) = study.retrains
    assert (retrain.trial, retrain.test, retrain.look) == (1, None, 0)
    assert study.paths.model.exists()
    assert not study.paths.test_predictions.exists()
    assert not study.paths.label_check.exists()
    whole = run_search(tmp_path / "study", trials=1, retrain_winner=True)
    assert [record.look for record in whole.retrains] == [0, 1]
    assert whole.retrains[-1].test.images == whole.header.split.test


def test_a_space_may_be_a_file(run_search, searched, tmp_path):
    """A user's own file is searched like a built-in space, settings included."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from transfertune.search_spaces import Choice, Space\n"
        "SPACE = Space('mine', 'Mine', 'x', None, {'backbone': 'drawn_net', 'image_size': 32,"
        " 'dropout': Choice(0.0, 0.2, 0.4)}, epochs=1, trials=1)\n"
    )
    study = run_search(tmp_path / "study", space=file, settings={"dropout": ["0.2"]})
    (trial,) = searched(study)
    assert trial.recipe["dropout"] == 0.2
    assert trial.recipe["epochs"] == 1


@pytest.mark.slow
def test_one_image_in_two_sizes_is_two_recipes(run_search, searched, tmp_path, new_space):
    """A size that varies is built and trained at each value."""
    space = new_space(image_size=Choice(32, 48), dropout=0.0, learning_rate=0.01)
    study = run_search(
        tmp_path / "study",
        space=space,
        strategy="grid",
        epochs=1,
        settings={"dense": ["none"], "batch_size": [8]},
    )
    assert [trial.recipe["image_size"] for trial in searched(study)] == [32, 48]
    assert {trial.status for trial in study.trials} == {"completed"}


@pytest.mark.slow
def test_everything_can_be_fine_tuned(run_search, searched, tmp_path):
    """Unfrozen layers, head first, augmentation and plateau together make a scored trial."""
    settings = {
        "unfreeze": [3, "all"],
        "head_epochs": [1],
        "fine_tune_rate": [1e-3],
        "augment": ["light"],
        "views": [2],
        "plateau_patience": [1],
        "dense": ["8"],
        "batch_norm": ["yes"],
    }
    study = run_search(tmp_path / "study", settings=settings, trials=2, retrain_winner=True)
    assert {trial.status for trial in searched(study)} == {"completed"}
    frame = study.epochs_frame()
    assert set(frame[frame["trial"] > 4]["stage"]) == {"head", "fine-tune"}
    assert study.retrains[-1].test.images == study.header.split.test


def test_a_frozen_backbone_is_built_once(run_search, new_space, tmp_path, monkeypatch, weights):
    """By the check of its weights, whose folder is given as it is seen from here; the trials take that one."""
    from transfertune.tuner.training import estimators

    built, build = [], estimators.build_base

    def counted(*arguments):
        built.append(arguments)
        return build(*arguments)

    monkeypatch.setattr(estimators, "build_base", counted)
    monkeypatch.chdir(weights.parent)
    run_search(
        tmp_path / "study",
        new_space(unfreeze=0, image_size=44),
        weights=weights.name,
        trials=1,
        epochs=1,
    )
    assert len(built) == 1
