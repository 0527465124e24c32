"""This project by its own command line, and what its study says afterwards."""

import sys
from pathlib import Path

import numpy as np
from peer_task import PeerTask

# Of the limit, for what is outside the budget: starting Python and leaving it.
_MARGIN_SECONDS = 3.0


def command(task: PeerTask) -> list[str]:
    """Return the command that searches within the limit."""
    return [
        sys.executable,
        "-m",
        "transfertune.tuner.cli",
        "search",
        *("--space", task.space),
        *("--data", task.manifest),
        *("--weights", task.weights),
        *("--set", f"backbone={','.join(task.backbones)}"),
        *("--budget", f"{max(1.0, task.seconds - _MARGIN_SECONDS):g}s"),
        *("--seed", str(task.seed)),
        *("--study", str(_study(task))),
    ]


def keep_result(task: PeerTask) -> None:
    """Keep the retrained model's predictions of the test images and the report's expected score, if there is one."""
    from transfertune.reports import StudyError, load_study
    from transfertune.tuner import predict

    try:
        study = load_study(_study(task))
    except StudyError:  # it was stopped before there was a study
        return
    if not study.retrains:
        return
    if not study.is_scored:  # the budget ended early, so the search kept the test images for later
        found = predict(study.paths.model, [task.paths[i] for i in task.test])
        rows = {str(path): row for row, path in enumerate(found.paths)}
        order = [rows[task.paths[i]] for i in task.test]
        task.save(found.probabilities[order], study.ranking.expected.score)
        return
    stored, images = study.test_predictions(), study.images()
    rows = {str(images.path(i)): row for row, i in enumerate(stored["indices"])}
    order = [rows[task.paths[i]] for i in task.test]
    if not np.array_equal(stored["labels"][order], task.targets[task.test]):
        raise ValueError(f"{study.folder} has other test labels than {task.manifest}")
    task.save(stored["probabilities"][order], study.ranking.expected.score)


def _study(task: PeerTask) -> Path:
    return Path(task.folder, "study")
