"""Jobs in a child process: the same results, and a death that costs one job."""

from __future__ import annotations

import pytest

from transfertune.tuner.errors import SearchError, TrialFailure
from transfertune.tuner.workers import InProcess, WorkerProcess

JOBS = '''
"""Jobs for a worker process."""
import os, signal, sys


def add(a, b, report):
    report("progress", {"what": "adding", "done": 1, "total": 2})
    report("progress", {"what": "adding", "done": 2, "total": 2})
    return a + b


def leave(report):
    print("last words", file=sys.stderr, flush=True)
    os._exit(7)


def be_killed(report):
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(report):
    from transfertune.tuner.errors import SearchError
    raise SearchError("no such thing")
'''


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """A module with jobs that a child process can import, too."""
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "worker_jobs.py").write_text(JOBS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", str(folder))
        import worker_jobs

        yield worker_jobs


def test_a_worker_process_lives_through_its_jobs(jobs):
    """A dead job is a failure with its cause; the next one runs; results, events and mistakes come back."""
    events = []
    listen = lambda kind, values: events.append((kind, values["done"]))  # noqa: E731
    worker = WorkerProcess()
    try:
        with pytest.raises(TrialFailure, match=r"died \(exit 7\): last words"):
            worker.run(jobs.leave, on_event=listen)
        assert worker.run(jobs.add, 2, 3, on_event=listen) == 5
        assert events == [("progress", 1), ("progress", 2)]
        with pytest.raises(SearchError, match="no such thing"):
            worker.run(jobs.refuse, on_event=listen)
        assert worker.run(jobs.add, 1, 1, on_event=listen) == 2
    finally:
        worker.close()


@pytest.mark.slow
def test_a_killed_worker_is_named_by_its_signal(jobs):
    """What the kernel does when memory runs out is a failure that says so."""
    worker = WorkerProcess()
    try:
        with pytest.raises(TrialFailure, match=r"died \(signal 9\)"):
            worker.run(jobs.be_killed, on_event=lambda kind, values: None)
    finally:
        worker.close()


def test_jobs_run_in_this_process_too(jobs):
    """The same seam without a child."""
    events = []
    runner = InProcess()
    assert runner.run(jobs.add, 2, 3, on_event=lambda *event: events.append(event)) == 5
    assert len(events) == 2
    runner.close()


@pytest.mark.slow
def test_a_search_in_a_worker_is_the_same_search(finished, run_search, tmp_path):
    """Recipes, scores and the retrained model's test score do not depend on where the jobs ran."""
    study = run_search(tmp_path / "study", in_process=False, retrain_winner=True)
    assert [(t.recipe, t.score) for t in study.trials] == [
        (t.recipe, t.score) for t in finished.trials
    ]
    assert study.retrains[0]["test"] == finished.retrains[0]["test"]
