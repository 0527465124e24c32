"""Search processes without the seconds that their imports take: forked from one that has imported everything.

`python forked.py SOCKET` is that process: it imports TensorFlow once, takes requests, and forks a session for each that
runs the command line as `tune` does. Worker processes are forked, too, where the search would start a new Python. What
is on the disk, who kills whom and what a resumed search reads is as in processes that were started the long way.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_CHILD = "loky.backend.popen_loky_posix"


class Forker:
    """The process to fork from, as the harness sees it; a context manager."""

    def __init__(self, folder: Path, library: Path | None = None):
        ours, theirs = socket.socketpair()
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        if library is not None:
            environment["LD_PRELOAD"] = str(library)
        self._socket = ours.makefile("rw")
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            start_new_session=True,
        )
        theirs.close()
        self._socket.readline()

    def __enter__(self) -> Forker:
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def start(self, words: list[str], **request) -> Session:
        """Begin a session with the command line `words`; see `_run` for what may be asked."""
        return Session(self, self._ask({"start": words, **request}))

    def _ask(self, request: dict) -> int:
        print(json.dumps(request), file=self._socket, flush=True)
        return json.loads(self._socket.readline())


class Session:
    """One run of the command line: a process group of its own."""

    def __init__(self, forker: Forker, pid: int):
        self._forker, self.pid = forker, pid
        self._ended: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None while it runs."""
        if self._ended is None:
            self._ended = self._forker._ask({"poll": self.pid})
        return self._ended

    def wait(self, seconds: float) -> int | None:
        """Return what `poll` says once it has ended, or after these seconds."""
        end = time.monotonic() + seconds
        while self.poll() is None and time.monotonic() < end:
            time.sleep(0.04)
        return self.poll()

    def kill(self, *, group: bool = True) -> None:
        """Kill the whole group, or the search alone."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, signal.SIGKILL)

    def orphans(self, seconds: float = 30.0) -> list[int]:
        """Return the processes that are still alive after so many seconds, which a busy machine may need."""
        self.wait(seconds)
        end = time.monotonic() + seconds
        left = self.left()
        while left and time.monotonic() < end:
            time.sleep(0.1)
            left = self.left()
        return left

    def left(self) -> list[int]:
        """Return the processes of the session that are alive: no zombies."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                facts = (entry / "stat").read_text().rpartition(")")[2].split()
                if (
                    int(facts[3]) == self.pid
                    and facts[0] not in "ZX"
                    and int(entry.name) != self.pid
                ):
                    found.append(int(entry.name))
        return found


def _serve(descriptor: int) -> None:
    import matplotlib.figure  # noqa: F401
    import sklearn.gaussian_process  # noqa: F401
    import tensorflow  # noqa: F401

    import transfertune.reports.page.page
    import transfertune.tuner.cli
    import transfertune.tuner.models.retrain_job
    import transfertune.tuner.operations.search
    import transfertune.tuner.strategies.strategy  # noqa: F401

    requests = socket.socket(fileno=descriptor).makefile("rw")
    ended: dict[int, int] = {}
    print("ready", file=requests, flush=True)
    for line in requests:
        request = json.loads(line)
        if "poll" in request:
            pid = request["poll"]
            if pid not in ended:
                found, status = os.waitpid(pid, os.WNOHANG)
                if found:
                    ended[pid] = os.waitstatus_to_exitcode(status)
            answer = ended.get(pid)
        else:
            answer = os.fork()
            if not answer:
                _run(request)
        print(json.dumps(answer), file=requests, flush=True)


def _run(request: dict) -> None:
    """Be a search: `start` is its command line, in `folder`, with `environment`, its errors in `errors`.

    `below` and `socket` are the folder that is interposed and where to ask; `setup` is Python to run first.
    """
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & has it ignored
    for number in range(3, 256):
        with contextlib.suppress(OSError):
            os.close(number)
    os.chdir(request["folder"])
    os.environ.update(request.get("environment", {}))
    with open(os.devnull) as nothing, open(request["errors"], "a") as errors:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
        os.dup2(errors.fileno(), 1)
        os.dup2(errors.fileno(), 2)
    if "below" in request:
        ctypes.CDLL(None).interpose(request["below"].encode(), request["socket"].encode())
    import loky.backend.fork_exec as module

    module.fork_exec = _forking(module.fork_exec)
    sys.argv = ["tune", *request["start"]]
    code = 1
    try:
        exec(request.get("setup", ""), {})  # noqa: S102
        from transfertune.tuner.cli import main

        main(request["start"])
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        _leave(code)


def _forking(started):
    def fork_exec(command, keep, env=None):
        if _CHILD not in command:
            return started(command, keep, env=env)
        pid = os.fork()
        if not pid:
            _be_child(command, keep, env or {})
        return pid

    return fork_exec


def _be_child(command, keep, environment) -> None:
    code = 1
    try:
        gc.freeze()  # objects of the parent must not close descriptors that now mean something else
        kept = {0, 1, 2, *map(int, keep)}
        for number in range(3, 256):
            if number not in kept:
                with contextlib.suppress(OSError):
                    os.close(number)
        os.environ.update(environment)
        sys.argv = ["child", *command[3:]]
        sys.modules.pop(_CHILD, None)
        runpy.run_module(_CHILD, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code or 0
    finally:
        _leave(code)


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
