"""Jobs in child processes: the same results, and a death, a hang or a lack of memory that costs one job."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from transfertune.tuner.cancellation import stop_requested
from transfertune.tuner.errors import SearchError, TrialFailure, WorkerDeath
from transfertune.tuner.events import Progress
from transfertune.tuner.workers.executor import InProcessExecutor
from transfertune.tuner.workers.pool import WorkerPool

JOBS = Path(__file__).parent / "in_workers"

ORPHANS = """
import sys, worker_jobs
from transfertune.tuner.workers.pool import WorkerPool
pool = WorkerPool(2)
jobs = [pool.start(worker_jobs.hang), pool.start(worker_jobs.epochs)]
seen = []
while len(seen) < 3:
    pool.wait(jobs, seen.append, timeout=1)
print("running", flush=True)
pool.wait(jobs, seen.append)
"""


@pytest.fixture(scope="module")
def jobs():
    """A module with jobs that a child process can import, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(JOBS))
        patch.setenv("PYTHONPATH", f"{JOBS}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        import worker_jobs

        yield worker_jobs


@pytest.fixture
def without_keras(jobs, tmp_path_factory, monkeypatch):
    """Children that skip the import of Keras, which these jobs do not use: seconds for each process."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(
        "import sys, types\n"
        "fake = types.ModuleType('keras')\n"
        "fake.backend = types.SimpleNamespace(backend=lambda: 'numpy')\n"
        "sys.modules['keras'] = fake\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ['PYTHONPATH']}")


@pytest.fixture
def pool(without_keras):
    """Make pools of worker processes; they are closed at the end."""
    pools = []

    def make(*arguments, **options):
        pools.append(WorkerPool(*arguments, **options))
        return pools[-1]

    yield make
    for each in pools:
        each.close()


def ignore(event):
    """Listen to no event."""


def test_a_worker_process_lives_through_its_jobs(jobs):
    """With the real Keras: results, events, mistakes and a death come back; the next job runs."""
    events = []
    listen = events.append
    worker = WorkerPool()
    try:
        assert worker.run(jobs.add, 2, 3, on_event=listen) == 5
        assert events == [Progress("adding", 1, 2), Progress("adding", 2, 2)]
        with pytest.raises(TrialFailure, match=r"died \(exit 7\): last words"):
            worker.run(jobs.leave, 7, on_event=listen)
        with pytest.raises(SearchError, match="no such thing"):
            worker.run(jobs.refuse, on_event=listen)
        assert worker.run(jobs.add, 1, 1, on_event=listen) == 2
    finally:
        worker.close()


def test_a_death_is_named(jobs, pool):
    """Signal, exit code 0 included, and the last words of this job only; the pool goes on."""
    worker = pool()
    for job, arguments, how in (
        (jobs.leave, (0,), r"died \(exit 0\): last words$"),
        (jobs.die_of, (signal.SIGKILL,), r"died \(SIGKILL, .*memory.*\)$"),
        (jobs.crash, (), r"died \(SIGSEGV\)$"),
        (jobs.die_of, (signal.SIGABRT,), r"died \(SIGABRT\)$"),
    ):
        with pytest.raises(WorkerDeath, match=how):
            worker.run(job, *arguments, on_event=ignore)
    assert worker.run(jobs.add, 1, 1, on_event=ignore) == 2


def test_a_hang_is_ended(jobs, pool):
    """Without a sign of life for the time limit the process is killed, and said to have hung."""
    worker = pool()
    before = worker.run(jobs.pid, on_event=ignore)
    running = worker.start(jobs.hang, time_limit=0.5)
    assert worker.wait([running], ignore) == [running]
    with pytest.raises(WorkerDeath, match=r"hung: no sign of life for 0\.5 s"):
        running.result()
    assert worker.run(jobs.pid, on_event=ignore) != before
    assert not psutil.pid_exists(before)


def test_too_much_memory_ends_a_job(jobs, pool):
    """A process above the limit is killed, and the cause says how to change the limit."""
    worker = pool(memory_limit=300 * 10**6)
    with pytest.raises(WorkerDeath, match=r"more than 0\.3 GB .* TRANSFERTUNE_WORKER_MEMORY"):
        worker.run(jobs.hold, 400 * 10**6, on_event=ignore)


def test_a_process_that_has_grown_is_replaced(jobs, pool):
    """Above half the limit after a job a fresh process takes over; below it the same one goes on."""
    worker = pool(memory_limit=600 * 10**6)
    first = worker.run(jobs.pid, on_event=ignore)
    assert worker.run(jobs.grow, 400 * 10**6, on_event=ignore) == first
    assert worker.run(jobs.pid, on_event=ignore) != first


def test_a_process_is_replaced_after_many_jobs(jobs, pool):
    """Also one that has not grown."""
    worker = pool(jobs_per_process=2)
    pids = [worker.run(jobs.pid, on_event=ignore) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_worker_killed_between_jobs_is_replaced(jobs, pool):
    """The next job does not pay for it."""
    worker = pool()
    psutil.Process(worker.run(jobs.pid, on_event=ignore)).kill()
    time.sleep(0.2)
    assert worker.run(jobs.add, 1, 1, on_event=ignore) == 2


def test_two_workers_run_two_jobs_at_once(jobs, pool, tmp_path, monkeypatch):
    """Events of both are passed on, each sees a GPU of its own, a third job waits its turn."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    worker, go, names = pool(2), tmp_path / "go", []
    started = [worker.start(jobs.wait_for, str(go), name) for name in "abc"]
    while len(names) < 2:
        listen = lambda event: names.append(event.what)  # noqa: E731
        assert worker.wait(started, listen, timeout=0.05) == []
    assert sorted(names) == ["a", "b"]
    go.touch()
    finished = []
    while len(finished) < 3:
        finished += worker.wait([job for job in started if job not in finished], ignore)
    results = [job.result() for job in started]
    assert results[0][0] != results[1][0]
    assert sorted(gpu for _, gpu in results[:2]) == ["3", "5"]


def test_one_of_two_may_die(jobs, pool, tmp_path):
    """The other's job goes on."""
    worker, go = pool(2), tmp_path / "go"
    other = worker.start(jobs.wait_for, str(go), "other")
    dying = worker.start(jobs.leave, 3)
    assert worker.wait([other, dying], ignore) == [dying]
    with pytest.raises(WorkerDeath, match="exit 3"):
        dying.result()
    go.touch()
    assert worker.wait([other], ignore) == [other]
    assert other.result()


def test_jobs_are_asked_to_stop(jobs, pool):
    """The request reaches the running job, which ends by itself."""
    worker, seen = pool(), []

    def listen(event):
        if not seen:
            worker.stop_soon()
        seen.append(event.done)

    assert worker.run(jobs.epochs, on_event=listen) < 1000


def test_large_and_unsendable_results(jobs, pool):
    """What does not fit in a pipe comes through; what cannot be pickled is an error, not a wait for ever."""
    worker = pool()
    assert len(worker.run(jobs.huge, on_event=ignore)) == 10_000_000
    with pytest.raises(Exception, match=r"(?i)pickle|local"):
        worker.run(jobs.unsendable, on_event=ignore)
    assert worker.run(jobs.add, 1, 1, on_event=ignore) == 2


def test_signals_are_the_parents_affair(jobs, pool, tmp_path):
    """A terminal's Ctrl-C and a polite end that reach a child do not end its job."""
    worker, go = pool(), tmp_path / "go"
    child = worker.run(jobs.pid, on_event=ignore)
    running = worker.start(jobs.wait_for, str(go), "a")
    os.kill(child, signal.SIGINT)
    os.kill(child, signal.SIGTERM)
    assert worker.wait([running], ignore, timeout=0.3) == []
    go.touch()
    assert worker.wait([running], ignore) == [running]
    assert running.result()[0] == child


def test_no_orphans(jobs, without_keras):
    """Children of a killed parent end, whatever they are doing."""
    parent = subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "running\n"
    family = psutil.Process(parent.pid).children(recursive=True)
    assert len(family) >= 2
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    parent.stdout.close()


def test_close_leaves_nothing(jobs, without_keras):
    """A hanging child is killed, and the folder with its log is gone."""
    worker = WorkerPool()
    child = worker.run(jobs.pid, on_event=ignore)
    worker.start(jobs.hang)
    folder = worker.folder
    worker.close()
    assert not psutil.pid_exists(child)
    assert not folder.exists()


def test_close_kills_a_process_that_has_said_nothing_yet(jobs, without_keras, monkeypatch):
    """A child that is still starting does not listen to requests; nobody waits until pebble loses patience."""
    monkeypatch.setattr("pebble.common.CONSTS.term_timeout", 60)
    worker = WorkerPool()
    worker.start(jobs.hang)
    (child,) = (c for c in psutil.Process().children() if "popen_loky" in " ".join(c.cmdline()))
    time.sleep(0.2)
    worker.close()
    assert not child.is_running()


def test_jobs_run_in_this_process_too(jobs):
    """The same seam without a child: results, mistakes, and the request to stop."""
    events = []
    executor = InProcessExecutor()
    assert executor.run(jobs.add, 2, 3, on_event=events.append) == 5
    assert len(events) == 2
    with pytest.raises(SearchError, match="no such thing"):
        executor.run(jobs.refuse, on_event=ignore)
    assert not stop_requested()
    executor.stop_soon()
    assert executor.run(jobs.epochs, on_event=ignore) == 1
    executor.close()
    assert not stop_requested()


@pytest.mark.slow
def test_a_search_in_a_worker_is_the_same_search(finished, run_search, tmp_path):
    """Recipes, scores and the retrained model's test score do not depend on where the jobs ran."""
    study = run_search(tmp_path / "study", in_process=False, retrain_winner=True)
    assert [(t.recipe, t.score) for t in study.trials] == [
        (t.recipe, t.score) for t in finished.trials
    ]
    assert study.retrains[0].test == finished.retrains[0].test


def test_folders_of_killed_searches_are_removed_later(tmp_path, monkeypatch):
    """One whose process is gone and that nobody has touched for a day goes; all others stay."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    old, new, living, other = (
        tmp_path / f"transfertune-workers-{name}"
        for name in (f"{gone.pid}-a", f"{gone.pid}-b", f"{os.getppid()}-c", "kept")
    )
    for folder in (old, new, living, other):
        folder.mkdir()
        (folder / "0.log").touch()
    for folder in (old, living, other):
        for path in (folder / "0.log", folder):
            os.utime(path, (0, 0))
    with contextlib.closing(WorkerPool()):
        assert [path.exists() for path in (old, new, living, other)] == [False, True, True, True]
