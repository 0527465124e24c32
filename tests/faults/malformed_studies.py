"""Malformed studies, and commands on studies that are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from malformed import SEARCH, Case, files, images, together

REPORT = ("report", "s")

HEADER = {
    "kind": "study",
    "format": 2,
    "space": {"name": "quickstart", "title": "", "domains": {}},
    "data": {
        "name": "drawn",
        "root": "/p",
        "digest": "ab",
        "classes": ["a", "b"],
        "stated_splits": [],
    },
    "split": {"train": 4, "validation": 2, "test": 2},
    "policy": {
        "kind": "hold-outs",
        "folds": 1,
        "repeats": 5,
        "first_fits": 1,
        "costly_fits": 1,
        "fits": 5,
        "criterion": "log_loss",
        "division": "",
        "sentence": "",
    },
    "objective": {"name": "accuracy", "direction": "max"},
    "strategy": "random",
    "limits": {"trials": 3, "budget_s": None, "epochs": 3},
    "strategy_trials": 3,
    "seed": 0,
    "versions": {},
    "command": "tune search",
    "created": "2026-01-02T03:04:05+00:00",
    "weights": {"source": "none", "digests": {}},
}
TRIAL = {
    "kind": "trial",
    "number": 1,
    "status": "completed",
    "recipe": {"backbone": "drawn_net"},
    "score": 0.5,
}
RETRAIN = {
    "kind": "retrain",
    "trial": 1,
    "seed": 1,
    "epochs": 3,
    "test": {"accuracy": 0.5, "loss": 1.0, "score": 0.5, "images": 2},
    "look": 1,
    "seconds": 1.0,
    "model": "best/model.keras",
    "digest": "ab",
    "at": "2026-01-02T03:04:05+00:00",
}
FAILED = {**TRIAL, "status": "failed", "score": None, "cause": "NaN in epoch 2"}


def _without(record: dict, *names: str) -> dict:
    return {name: value for name, value in record.items() if name not in names}


def _study(*records, **others) -> Callable[[Path], None]:
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in records]
    return files(s__trials_DOT_jsonl=b"".join(line + b"\n" for line in lines), **others)


STUDIES = [
    Case("no study yet", ("report",), "There is no last study"),
    Case("no such study", REPORT, "does not exist"),
    Case("empty study", REPORT, "not a study's folder", lambda folder: (folder / "s").mkdir()),
    Case("log is a folder", REPORT, "not a study's folder", files(s__trials_DOT_jsonl__a="")),
    Case("log is empty", REPORT, "no header", _study()),
    Case(
        "log of noise",
        REPORT,
        "damaged|no header",
        files(s__trials_DOT_jsonl=bytes(range(256)) * 9),
    ),
    Case("damaged line", REPORT, "line 2 is damaged", _study(HEADER, b"{'no': json}", TRIAL)),
    Case("line is a list", REPORT, "line 2 is damaged", _study(HEADER, [1], TRIAL)),
    Case("line without a kind", REPORT, "line 2 is damaged", _study(HEADER, {"a": 1}, TRIAL)),
    Case("no header", REPORT, "no header", _study(TRIAL)),
    Case("header is a list", REPORT, "not a JSON object", _study(TRIAL, s__study_DOT_json="[]")),
    Case(
        "header cut off", REPORT, "study.json is damaged", _study(TRIAL, s__study_DOT_json='{"a": ')
    ),
    Case("no objective", REPORT, "objective is missing", _study(_without(HEADER, "objective"))),
    Case(
        "no direction", REPORT, "direction", _study({**HEADER, "objective": {"name": "accuracy"}})
    ),
    Case("later format", REPORT, "newer transfertune", _study({**HEADER, "format": 99})),
    Case("older format", REPORT, "run the search again", _study({**HEADER, "format": 1})),
    Case("format in words", REPORT, "format", _study({**HEADER, "format": "first"})),
    Case("header of numbers", REPORT, "header", _study({**HEADER, "data": 5, "space": 6})),
    Case("no score", REPORT, "score", _study(HEADER, _without(TRIAL, "score"))),
    Case("score in words", REPORT, "score|not a trial", _study(HEADER, {**TRIAL, "score": "good"})),
    Case("no number", REPORT, "number", _study(HEADER, _without(TRIAL, "number"))),
    Case("number in words", REPORT, "not a trial", _study(HEADER, {**TRIAL, "number": "one"})),
    Case("number below 1", REPORT, "number", _study(HEADER, {**TRIAL, "number": -1})),
    Case("no recipe", REPORT, "recipe", _study(HEADER, _without(TRIAL, "recipe"))),
    Case("recipe is a text", REPORT, "recipe", _study(HEADER, {**TRIAL, "recipe": "none"})),
    Case("unknown status", REPORT, "status", _study(HEADER, {**TRIAL, "status": "fine"})),
    Case("fits are numbers", REPORT, "not a trial", _study(HEADER, {**TRIAL, "fits": [1, 2]})),
    Case("retrain of nothing", ("retrain", "s"), "No trial of s has succeeded", _study(HEADER)),
    Case(
        "retrain of a failure",
        ("retrain", "s", "--trial", "1"),
        "NaN in epoch 2",
        _study(HEADER, FAILED),
    ),
    Case(
        "retrain of no trial", ("retrain", "s", "--trial", "7"), "no trial 7", _study(HEADER, TRIAL)
    ),
    Case(
        "retrain without images",
        ("retrain", "s"),
        "images.csv is missing",
        _study(HEADER, TRIAL),
    ),
    Case(
        "another search",
        (*SEARCH, "--data", "p", "--study", "s", "--set", "backbone=drawn_net"),
        "another search",
        together(_study(HEADER), images()),
    ),
    Case(
        "export of nothing",
        ("export-best", "s", "--out", "m.keras"),
        "no retrained model",
        _study(HEADER),
    ),
    Case(
        "export to no format", ("export-best", "s", "--out", "m.h5"), "must end in", _study(HEADER)
    ),
    Case(
        "export to nowhere",
        ("export-best", "s", "--out", "d/m.keras"),
        "no folder d",
        _study(HEADER),
    ),
    Case(
        "export onto a folder",
        ("export-best", "s", "--out", "m.keras"),
        "m.keras is a folder",
        _study(HEADER, s__best__model_DOT_keras=b"", m_DOT_keras__a=b""),
    ),
    Case(
        "export without a model",
        ("export-best", "s", "--out", "m.keras"),
        "s lacks best/model.keras; restore it with `tune retrain s --trial 1`",
        _study(HEADER, TRIAL, RETRAIN),
    ),
    Case(
        "export of a damaged model",
        ("export-best", "s", "--out", "m.keras"),
        "not the file that the retraining wrote; restore it with `tune retrain s --trial 1`",
        _study(HEADER, TRIAL, RETRAIN, s__best__model_DOT_keras=b""),
    ),
    Case(
        "export of a quantised .keras file",
        ("export-best", "s", "--out", "m.keras", "--quantize", "int8"),
        "int8 needs a file that ends in .tflite",
        _study(HEADER),
    ),
    Case(
        "export of unknown quantisation",
        ("export-best", "s", "--out", "m.tflite", "--quantize", "int3"),
        "float16 or int8, but got 'int3'",
        _study(HEADER),
    ),
    Case(
        "export over another folder",
        ("export-best", "s", "--out", "d"),
        "d exists and is no SavedModel",
        _study(HEADER, d__a=b""),
    ),
]
