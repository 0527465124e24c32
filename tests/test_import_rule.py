"""Imports point one way, and reading, listing and help never import Keras."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("datasets", "reports", "search_spaces", "tuner")
HEAVY = ("keras", "keras_tuner", "tensorflow", "jax", "torch")
FILES = sorted(file for part in PARTS for file in (ROOT / part).rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Return the absolute names that a file imports anywhere, relative ones resolved."""
    package = ["transfertune", *file.relative_to(ROOT).parent.parts]
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def parts_in(names: set[str]) -> set[str]:
    """Return the project's parts among imported names."""
    return {name.split(".")[1] for name in names if name.startswith("transfertune.")}


def test_every_part_has_files():
    """The rule is not held by looking at nothing."""
    assert {file.relative_to(ROOT).parts[0] for file in FILES} == set(PARTS)


@pytest.mark.parametrize("part", ["datasets", "reports", "search_spaces"])
def test_the_three_parts_know_only_themselves(part):
    """Data sets, reports and spaces never import each other, the tuner, or a deep learning framework."""
    for file in (ROOT / part).rglob("*.py"):
        names = imports(file)
        assert parts_in(names) <= {part}, file
        assert {name.split(".")[0] for name in names}.isdisjoint(HEAVY), file


def test_siblings_are_imported_relatively():
    """No file of the parts names the package, so that every tool resolves imports by path."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert not (node.module or "").startswith("transfertune"), file


def test_the_command_line_is_the_only_one_that_prints():
    """`print` and click belong to the command line; scripts run as modules may print too."""
    for file in FILES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        calls = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        top = {name.split(".")[0] for name in imports(file)}
        if "cli" not in file.parts and "__main__" not in ast.dump(tree):
            assert "print" not in calls, file
            assert top.isdisjoint({"click", "rich"}), file


def test_a_parts_name_is_no_import_at_top_level():
    """`datasets` is also the name of another package: ours lives in a namespace."""
    assert not (ROOT / "__init__.py").exists()


@pytest.mark.parametrize(
    "module",
    [
        "transfertune.datasets",
        "transfertune.reports",
        "transfertune.search_spaces",
        "transfertune.tuner.cli",
        "transfertune.tuner",
        "transfertune.tuner.operations.search",
        "transfertune.tuner.operations.retrain",
        "transfertune.tuner.models.predict",
        "transfertune.tuner.strategies.strategy",
    ],
)
def test_importing_takes_no_framework(module):
    """What only reads, lists or prepares is imported without Keras or TensorFlow."""
    code = f"import sys, {module}; print(sorted({set(HEAVY)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
