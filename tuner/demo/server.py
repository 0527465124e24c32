"""Serves a page on which a model can be tried."""

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from ..errors import SearchError

# Classes that the title names.
_SHOWN = 8
_PACKAGES = {"fastapi": "fastapi", "uvicorn": "uvicorn", "python_multipart": "python-multipart"}


def demo(
    model: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    unsure: float = 0.05,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the page until it is interrupted.

    Args:
        model: A file or folder that `export_best` wrote.
        host: The address to listen at; only this machine reaches 127.0.0.1.
        port: The port, 0 for a free one.
        unsure: The share of validation images that would be called unsure, 0 for none.
        on_ready: Called with the page's address once the model is loaded.

    Raises:
        SearchError: A package is missing, the model cannot be loaded, or the address is not free.
    """
    for module, package in _PACKAGES.items():
        if find_spec(module) is None:
            raise SearchError(f'{package} is not installed (pip install "transfertune[demo]").')
    import uvicorn

    from .answers import Answers
    from .app import create_app

    model = Path(model)
    answers = Answers(model, unsure)
    with _listening(host, port) as listening:
        shown, number = listening.getsockname()[:2]
        names = ["localhost", "127.0.0.1", "[::1]", host] if is_loopback(host) else ["*"]
        app = create_app(answers, f"{model.name}: {_shown(answers.labels.classes)}", names)
        config = uvicorn.Config(app, log_level="warning", access_log=False)
        if on_ready is not None:
            on_ready(f"http://{f'[{shown}]' if ':' in shown else shown}:{number}/")
        uvicorn.Server(config).run([listening])


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches a host."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _shown(classes: tuple[str, ...]) -> str:
    first, more = classes[:_SHOWN], len(classes) - _SHOWN
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise SearchError(
            f"{host}:{port} cannot be listened at ({error.strerror or error}); choose another --port or --host."
        ) from error
    with listening:
        yield listening
