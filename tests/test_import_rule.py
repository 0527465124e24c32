"""Imports point one way, and reading, listing and help never import Keras."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("datasets", "reports", "search_spaces", "tuner")
# The rooms of each part, lowest floor first; rooms on one floor do not know each other. The modules that lie directly
# in a part's folder stand below all rooms, unless they are named here.
FLOORS = {
    "datasets": (("images", "splits"), ("statistics",), ("duplicates",), ("check", "sources")),
    "search_spaces": (("spaces",),),
    "reports": (
        ("study",),
        ("ranking",),
        ("wording",),
        ("analysis",),
        ("tensorboard",),
        ("leaderboard",),
        ("page",),
    ),
    "tuner": (
        ("backbones", "strategies", "workers"),
        ("features",),
        ("training",),
        ("trials",),
        ("models", "places", "scheduling"),
        ("demo", "operations"),
        ("cli", "hyper_model"),
    ),
}
MOST_MODULES, MOST_LINES, MOST_AT_THE_TOP = 14, 300, 8
HEAVY = ("keras", "keras_tuner", "tensorflow", "jax", "torch")
FILES = sorted(file for part in PARTS for file in (ROOT / part).rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Return the absolute names that a file imports anywhere, relative ones resolved."""
    package = ["transfertune", *file.relative_to(ROOT).parent.parts]
    return imported(file.read_text(encoding="utf-8"), package)


def imported(source: str, package: list[str]) -> set[str]:
    """Return the absolute names that a source in a package imports anywhere, relative ones resolved."""
    found = set()
    for node in ast.walk(ast.parse(source)):
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


def named_in_strings(source: str) -> set[str]:
    """Return the modules of the project that a source names in strings, other than docstrings."""
    tree = ast.parse(source)
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]
    return {name for text in texts for name in re.findall(r"transfertune(?:\.\w+)+", text)}


def floor_of(part: str, inside: list[str]) -> tuple[int, str]:
    """Return the floor of a module, 0 for the ground, and its room."""
    for number, rooms in enumerate(FLOORS[part], 1):
        if inside and inside[0] in rooms:
            return number, inside[0]
    return 0, ""


def upward(part: str, inside: list[str], names: set[str]) -> set[str]:
    """Return those of the names that stand above a module of a part, or beside it in another room of its floor."""
    floor, room = floor_of(part, inside)
    found = set()
    for name in names:
        target = name.split(".")
        if target[:2] == ["transfertune", part] and len(target) > 2:
            theirs, other = floor_of(part, target[2:])
            if theirs > floor or (theirs == floor and other != room):
                found.add(name)
    return found


def given_out(part: str, names: set[str]) -> set[str]:
    """Return those of the names that the part's own `__init__` gives out, which stands above all rooms."""
    targets = {name: name.split(".") for name in names}
    return {
        name
        for name, target in targets.items()
        if target[:2] == ["transfertune", part]
        and len(target) > 2
        and not (ROOT / part / target[2]).is_dir()
        and not (ROOT / part / f"{target[2]}.py").is_file()
    }


def inside_of(file: Path) -> list[str]:
    """Return where a file stands inside its part, such as ["models", "card"]."""
    return list(file.relative_to(ROOT).with_suffix("").parts[1:])


@pytest.mark.parametrize("part", PARTS)
def test_no_import_runs_up(part):
    """A room imports only rooms below it; a part's `__init__` alone gives out the names of all of them."""
    found = {}
    for file in sorted((ROOT / part).rglob("*.py")):
        if inside_of(file) != ["__init__"]:
            names = imports(file)
            up = upward(part, inside_of(file), names) | given_out(part, names)
            if up:
                found[str(file.relative_to(ROOT))] = sorted(up)
    assert found == {}


@pytest.mark.parametrize(
    ("line", "up"),
    [
        ("from ..cli.main import tune", True),
        ("def later():\n    from ..operations import search", True),
        ("from ..scheduling.loop import TrialLoop", True),
        ("from ..trials.task import Task", False),
        ("from ..errors import SearchError", False),
        ("from .. import errors", False),
        ("from .. import search", True),
        ("from ... import tuner", False),
        ("from ...tuner import predict", True),
    ],
)
def test_an_upward_import_is_found(line, up):
    """Imports planted in a module of `tuner/models`: higher floors, the same floor, lower ones, the part itself."""
    names = imported(line, ["transfertune", "tuner", "models"])
    found = upward("tuner", ["models", "planted"], names) | given_out("tuner", names)
    assert bool(found) == up


def test_strings_name_no_module_that_may_not_be_imported():
    """A module named in a string is an import too; rows of backbones name their builders on purpose."""
    builders = {"transfertune.tuner.backbones"}
    for file in FILES:
        if file.name == "__init__.py" and file.parent.parent == ROOT:
            continue
        part, names = file.relative_to(ROOT).parts[0], named_in_strings(file.read_text("utf-8"))
        names = {n for n in names if ".".join(n.split(".")[:3]) not in builders or part == "tuner"}
        assert parts_in(names) <= ({part} if part != "tuner" else set(PARTS)), file
        assert upward(part, inside_of(file), names) == set(), file


def test_a_module_named_in_a_string_is_found():
    """A string that names a module counts, and a docstring does not."""
    source = '"""See transfertune.tuner.cli."""\nBUILDER = "transfertune.tuner.cli.main:tune"\n'
    names = named_in_strings(source)
    assert names == {"transfertune.tuner.cli.main"}
    assert upward("tuner", ["models", "planted"], names) == names


def test_rooms_and_modules_stay_small():
    """A folder can be taken in at a glance, and so can a file."""
    folders = {file.parent for file in FILES}
    modules = {d: [f for f in d.glob("*.py") if f.name != "__init__.py"] for d in folders}
    assert {str(d): len(m) for d, m in modules.items() if len(m) > MOST_MODULES} == {}
    assert len(list((ROOT / "tuner").glob("*.py"))) <= MOST_AT_THE_TOP
    everything = [*FILES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "transfertune").rglob("*.py")]
    long = {
        str(f): n for f in everything if (n := len(f.read_text("utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_every_package_is_declared():
    """A folder that `setup.cfg` leaves out would be missing from the wheel."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    declared = set(settings["options"]["packages"].split())
    folders = {f.parent.relative_to(ROOT) for f in FILES if f.name == "__init__.py"}
    assert declared == {"transfertune", *(f"transfertune.{'.'.join(d.parts)}" for d in folders)}


def test_no_module_outside_the_tests_looks_like_one():
    """Tools take `test_*.py` and `*_test.py` for tests."""
    assert [f for f in FILES if f.stem.startswith("test_") or f.stem.endswith("_test")] == []


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
        "transfertune.tuner.operations.predict",
        "transfertune.tuner.strategies.strategy",
    ],
)
def test_importing_takes_no_framework(module):
    """What only reads, lists or prepares is imported without Keras or TensorFlow."""
    code = f"import sys, {module}; print(sorted({set(HEAVY)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
