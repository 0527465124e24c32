"""Runs one method of `peers.py` in a process of its own and stops it at its limit."""

import contextlib
import importlib
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import peer_command
from peer_task import PeerTask

HERE = Path(__file__).resolve()

# letter: (title, module and function that search; None for this project's command line, package to install)
PEERS = {
    "a": ("Keras Tuner Hyperband, pixels", "peer_keras_tuner:from_pixels", "keras_tuner"),
    "b": ("Keras Tuner Hyperband, features", "peer_keras_tuner:on_features", "keras_tuner"),
    "c": ("Optuna TPE, features", "peer_optuna:search", "optuna"),
    "d": ("scikit-learn grid, features", "peer_grid:search", "sklearn"),
    "e": ("this project", None, "transfertune"),
}


class PeerFailure(Exception):  # noqa: N818
    """A method ended with an error before its limit."""


def run_peer(peer: str, task: PeerTask, log: Path) -> dict:
    """Run a method until it ends or its time is up; return what its best model is worth.

    Args:
        peer: a letter of `PEERS`.
        task: what it is given; its clock starts at `task.started`.
        log: where its output goes.

    Returns:
        `correct` and `losses` of each test image, the method's own `claim` (None without a model), `seconds`
        of wall time, and whether it `ended` before its limit. Without a model, all classes are equally probable.

    Raises:
        PeerFailure: it ended with an error.
    """
    task.write()
    own = PEERS[peer][1] is None
    words = [sys.executable, str(HERE), peer, task.folder]
    status = _run(peer_command.command(task) if own else words, task, log)
    seconds = time.time() - task.started
    if status:
        last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-1:]
        raise PeerFailure(f"{peer} ended with status {status}: {' '.join(last)} ({log})")
    if own:
        peer_command.keep_result(task)
    return {**_worth(task), "seconds": seconds, "ended": status is not None}


def _run(words: list[str], task: PeerTask, log: Path) -> int | None:
    """Return the exit status, None when the time was up."""
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TRANSFERTUNE_CACHE": str(Path(task.folder, "cache")),
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            words,
            cwd=task.folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(max(0.0, task.seconds_left()))
        except subprocess.TimeoutExpired:
            return None
        finally:
            # Its session is its own, so this ends whatever it started too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _worth(task: PeerTask) -> dict:
    saved, labels = task.saved(), task.targets[task.test]
    guess = np.full((len(labels), task.classes), 1 / task.classes)
    probabilities, claim = saved or (guess, None)
    own = probabilities[np.arange(len(labels)), labels]
    # A guess among equals is right once in as many times as there are classes.
    correct = probabilities.argmax(axis=1) == labels if saved else own
    losses = -np.log(np.clip(own, 1e-7, 1.0))
    return {
        "claim": claim,
        "correct": np.round(correct.astype(float), 6).tolist(),
        "losses": np.round(losses.astype(float), 6).tolist(),
    }


def main(peer: str, folder: str) -> None:
    """Search as the method does, in this process."""
    task = PeerTask.read(Path(folder))
    # It ends at its limit also when the process that measures has gone.
    signal.alarm(math.ceil(max(0.0, task.seconds_left())) + 1)
    module, function = PEERS[peer][1].split(":")
    getattr(importlib.import_module(module), function)(task)


if __name__ == "__main__":
    main(*sys.argv[1:])
