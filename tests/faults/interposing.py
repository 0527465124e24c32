"""Every change of a folder, one by one: processes are stopped before it and asked what shall become of it."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GO, KILL, HALF = 0, -1, -2
_SOURCE = Path(__file__).with_name("interpose.c")


@dataclass(frozen=True)
class Call:
    """A call that would change `path`; `size` is how many bytes it would write."""

    pid: int
    name: str
    size: int
    path: Path


def compiler() -> str | None:
    """Return the C compiler, None where there is none."""
    return shutil.which("cc") or shutil.which("gcc")


def build(folder: Path) -> Path:
    """Compile the library into a folder and return it."""
    library = folder / "interpose.so"
    flags = ["-shared", "-fPIC", "-O1", "-w", "-D_FORTIFY_SOURCE=0"]
    subprocess.run([compiler(), *flags, "-o", library, _SOURCE, "-ldl"], check=True)
    return library


class Judge:
    """Answers the questions of interposed processes, one after another, by `decide`.

    While it thinks, every process that wants to change the folder waits: what is there is what a kill of them all at
    this moment would leave. A context manager; `decide` may be replaced at any time.
    """

    def __init__(self, address: Path):
        self.address = address
        self.decide: Callable[[Call], int] = lambda call: GO
        self.error: Exception | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(address))
        self._socket.listen(64)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Judge:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                asking, _ = self._socket.accept()
            except OSError:
                return
            with asking:
                line = asking.recv(8192).decode(errors="surrogateescape").rstrip("\n")
                if not line:
                    continue
                pid, name, size, path = line.split(" ", 3)
                try:
                    answer = self.decide(Call(int(pid), name, int(size), Path(path)))
                except Exception as error:
                    self.error, answer = error, KILL
                try:
                    asking.sendall(struct.pack("i", answer))
                except OSError:  # the process has been killed meanwhile
                    continue
