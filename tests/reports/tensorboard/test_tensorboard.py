"""The TensorBoard log, read back by the real server over HTTP."""

import contextlib
import http.client
import json
import re
import subprocess
import sys
import time
import urllib.parse
from dataclasses import replace

import pytest

from transfertune.reports import Fit, TensorBoardLog, write_test_score

HYPERPARAMETERS = {
    "backbone": {"kind": "choice", "values": ["mobilenet_v2", "resnet50", "efficientnet_b0"]},
    "unfreeze": {"kind": "choice", "values": [0, 20, "all"]},
    "batch_size": {"kind": "choice", "values": [8, 16, 32, 64]},
    "nesterov": {"kind": "choice", "values": [True, False]},
    "learning_rate": {"kind": "float", "low": 1e-4, "high": 1e-2, "log": True},
    "epochs": {"kind": "int", "low": 1, "high": 30, "log": False},
}

STATUSES = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]


@pytest.fixture(scope="module")
def logdir(tmp_path_factory, new_trial):
    """Three finished trials, a failed one, one that never started before it failed, and one still running.

    The last one has three folds, and two more fits that came after it had been finished.
    """
    folder = tmp_path_factory.mktemp("study") / "tensorboard"
    known = [{"unfreeze": 12, "classifier": "logistic"}, {"classifier": "head", "batch_size": 24}]
    options = {"objective": "accuracy", "hyperparameters": HYPERPARAMETERS, "recipes": known}
    log = TensorBoardLog(folder, **options)
    recipes = {number: new_trial(number).recipe for number in range(1, 6)}
    recipes[1] |= {"unfreeze": "all", "nesterov": True, "epochs": 5}
    recipes[2] |= {"nesterov": None, "learning_rate": "?"}
    recipes[5] |= {"learning_rate": 0.05, "batch_size": 12, "classifier": "neighbours"}
    log.start(1, {"backbone": "interrupted"})
    log.epoch(1, 1, {"val_accuracy": 0.01})
    log.close()
    log = TensorBoardLog(folder, **options)
    for number in (1, 2, 3, 5):
        log.start(number, recipes[number])
        for epoch in range(1, 4):
            log.epoch(
                number, epoch, {"loss": 1 / epoch, "val_accuracy": 0.2 * epoch + number / 100}
            )
    costs = {"seconds": 4.5, "loss": 0.25, "milliseconds": 1.5}
    log.finish(new_trial(1, recipe=recipes[1], score=0.75, fits=(), **costs))
    write_test_score(folder, 1, 0.625)
    write_test_score(folder, 99, 0.5)
    log.finish(new_trial(2, recipe=recipes[2], score=0.5, fits=()))
    log.finish(new_trial(3, recipe=recipes[3], cause="out of memory"))
    log.finish(new_trial(4, recipe=recipes[4], cause="image cannot be read"))
    fits = tuple(Fit(1, fold, 0, 0.5 + fold / 10, {}, 3, 2, 1.0) for fold in range(3))
    log.start(6, recipes[2])
    for fold in range(3):
        log.epoch(6, 1, {"val_accuracy": 0.1 * fold}, fold=fold)
    folds = new_trial(6, recipe=recipes[2], score=0.6, fits=fits, loss=0.9)
    log.finish(folds)
    log.reopen(folds)
    log.epoch(6, 1, {"val_accuracy": 0.3}, repeat=1)
    log.epoch(6, 1, {"val_accuracy": 0.3}, repeat=1, fold=1)
    later = [Fit(1, fold, 1, score, {}, 3, 2, 1.0) for fold, score in ((0, 1.0), (1, 0.4))]
    log.further_fits(replace(folds, loss=0.7, seconds=9.0), later)
    log.close()
    return folder


@pytest.fixture(scope="module")
def ask(logdir):
    """Return a function that asks the real TensorBoard server and returns its JSON."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--port", "0"]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        port = next(
            int(found[1])
            for line in server.stderr
            if (found := re.search(r"127\.0\.0\.1:(\d+)", line))
        )

        def ask(path, **request):
            query = urllib.parse.urlencode({"request": json.dumps(request)})
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            with contextlib.closing(connection):
                connection.request("GET", f"/data/plugin/{path}?{query}")
                return json.load(connection.getresponse())

        yield ask
    finally:
        server.terminate()
        server.wait(10)
        server.stderr.close()


def _groups(ask):
    for _ in range(100):
        answer = ask("hparams/session_groups", sliceSize=100, allowedStatuses=STATUSES)
        groups = answer.get("sessionGroups", [])
        if len(groups) == 6:
            return {group["name"]: group for group in groups}
        time.sleep(0.1)
    raise AssertionError(f"six trials expected, got {groups}")


def metrics_of(group):
    """Return the metrics of a row by their tags."""
    return {metric["name"]["tag"]: metric["value"] for metric in group.get("metricValues", [])}


def test_server_lists_every_trial_with_values_and_score(ask):
    """All trials are in the HParams table with values, status and score, failed and running ones included."""
    groups = _groups(ask)
    assert sorted(groups) == ["0001", "0002", "0003", "0004", "0005", "0006"]
    statuses = {name: group["sessions"][0]["status"] for name, group in groups.items()}
    assert statuses["0001"] == statuses["0002"] == "STATUS_SUCCESS"
    assert statuses["0003"] == statuses["0004"] == "STATUS_FAILURE"
    assert statuses["0005"] not in ("STATUS_SUCCESS", "STATUS_FAILURE")
    scores = {name: metrics_of(group) for name, group in groups.items()}
    assert scores["0001"] == {
        "score": pytest.approx(0.75),
        "trial/loss": pytest.approx(0.25),
        "trial/test_score": pytest.approx(0.625),
        "trial/seconds": pytest.approx(4.5),
        "trial/milliseconds": pytest.approx(1.5),
    }
    assert scores["0002"] == {"score": pytest.approx(0.5), "trial/seconds": pytest.approx(5.25)}
    assert scores["0003"] == scores["0004"] == {"trial/seconds": pytest.approx(5.25)}
    assert scores["0005"] == {}
    first = groups["0001"]["hparams"]
    assert (first["backbone"], first["unfreeze"], first["nesterov"]) == ("resnet50", "all", True)
    assert first["epochs"] == 5
    second = {name: value for name, value in groups["0002"]["hparams"].items() if value is not None}
    assert second["unfreeze"] == "0"
    assert not {"nesterov", "learning_rate"} & set(second)


def test_several_fits_are_one_trial_with_their_mean(ask):
    """A trial of five fits is one row with their mean score; each fit has a run of its own with its scalars."""
    group = _groups(ask)["0006"]
    assert metrics_of(group) == {
        "score": pytest.approx(0.64),
        "trial/loss": pytest.approx(0.7),
        "trial/seconds": pytest.approx(9.0),
    }
    names = {session["name"] for session in group["sessions"]}
    first = {f"0006/repeat0_fold{fold}" for fold in (1, 2)}
    later = first | {f"0006/repeat1_fold{fold}" for fold in (0, 1)}
    assert names == {"0006"} | later
    assert {session["status"] for session in group["sessions"]} == {"STATUS_SUCCESS"}
    tags = ask("scalars/tags")
    assert all(set(tags[name]) == {"val_accuracy", "score"} for name in later)


def test_server_knows_the_declared_domains(ask):
    """The experiment declares what differs with what occurs, and the metrics; mixed choices are strings."""
    _groups(ask)
    told = ask("hparams/experiment")
    infos = {info["name"]: info for info in told["hparamInfos"]}
    assert set(infos) == {*HYPERPARAMETERS, "classifier", "dense", "dropout"}
    assert infos["backbone"]["domainDiscrete"] == HYPERPARAMETERS["backbone"]["values"]
    assert infos["unfreeze"]["domainDiscrete"] == ["0", "20", "all", "12"]
    assert infos["batch_size"]["domainDiscrete"] == [8, 16, 32, 64, 24, 12]
    assert infos["classifier"]["domainDiscrete"] == ["logistic", "head", "neighbours"]
    assert infos["nesterov"]["type"] == "DATA_TYPE_BOOL"
    assert infos["learning_rate"]["domainInterval"] == {"minValue": 1e-4, "maxValue": 0.05}
    shown = {metric["name"]["tag"]: metric["displayName"] for metric in told["metricInfos"]}
    assert shown == {
        "score": "score (accuracy)",
        "trial/loss": "loss",
        "trial/test_score": "test score (accuracy)",
        "trial/seconds": "seconds",
        "trial/milliseconds": "milliseconds",
    }


def test_ticking_everything_loses_no_row(ask):
    """A filter with all the values that are declared lets every trial through, whatever it tried."""
    every = set(_groups(ask))
    for info in ask("hparams/experiment")["hparamInfos"]:
        if "domainDiscrete" in info:
            allowed = {"filterDiscrete": info["domainDiscrete"]}
        else:
            allowed = {"filterInterval": info["domainInterval"]}
        column = {"hparam": info["name"], **allowed}
        answer = ask(
            "hparams/session_groups", sliceSize=100, allowedStatuses=STATUSES, colParams=[column]
        )
        assert {group["name"] for group in answer["sessionGroups"]} == every, info["name"]


def test_server_shows_scalars_of_the_last_start_only(ask):
    """A trial that was interrupted and started again shows its new epochs, not the old ones beside them."""
    _groups(ask)
    tags = ask("scalars/tags")
    whole = {"trial/loss", "trial/test_score", "trial/seconds", "trial/milliseconds"}
    assert set(tags["0001"]) == {"loss", "val_accuracy", "score", *whole}
    assert set(tags["0003"]) == {"loss", "val_accuracy", "trial/seconds"}


def test_no_tensorflow_and_a_clean_process(logdir, tmp_path):
    """Writing imports neither TensorFlow nor Keras, and every record is on the disk without closing anything."""
    code = (
        "import os, sys; from transfertune.reports import Fit, TensorBoardLog\n"
        f"log = TensorBoardLog({str(tmp_path)!r}, objective='accuracy', hyperparameters={HYPERPARAMETERS!r})\n"
        "log.start(1, {'backbone': 'resnet50'}); log.epoch(1, 1, {'loss': 0.5})\n"
        "print([m for m in ('tensorflow', 'keras', 'pandas') if m in sys.modules], flush=True); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (9, "[]", "")
    (run,) = (tmp_path / "0001").iterdir()
    assert run.stat().st_size > 100
