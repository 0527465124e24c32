"""Packages that some backbones need besides Keras, each an extra of this project."""

import importlib
from importlib.util import find_spec
from types import ModuleType

from ...search_spaces import BACKBONES
from ..errors import SearchError


def import_package(package: str) -> ModuleType:
    """Import a package that a backbone needs.

    Raises:
        SearchError: It is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise SearchError(f"{not_installed(package)}.") from error


def missing_packages(backbones: list[str]) -> list[str]:
    """Return one message for each package that some backbones need and that is not installed; nothing is imported."""
    needed = {package: name for name in backbones if (package := BACKBONES[name].package)}
    return [
        f"{not_installed(package)}, but {name} needs it."
        for package, name in needed.items()
        if find_spec(package) is None
    ]


def not_installed(package: str) -> str:
    """Say how a package is installed that is not."""
    return f'{package.replace("_", "-")} is not installed (pip install "transfertune[hub]")'
