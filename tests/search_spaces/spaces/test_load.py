"""Finding a space by name or in a user's file, and what a mistake in the file says."""

from __future__ import annotations

import pytest

from transfertune.search_spaces import SPACES, Choice, SpaceError, load_space

GOOD = """
from transfertune.search_spaces import Choice, Space

SPACE = Space(name="mine", title="Mine", expects="x", data=None, domains={"dense": Choice("8", "16")})
"""


@pytest.fixture
def file(tmp_path):
    """Write a space file and give back its path."""

    def write(text: str):
        path = tmp_path / "my_space.py"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("name", sorted(SPACES))
def test_a_built_in_space_has_its_name(name):
    """Every row of the table is found by its name."""
    assert load_space(name) is SPACES[name]


def test_a_users_file_is_a_space(file):
    """A Python file with SPACE is as good as a built-in one, as a path or as text."""
    path = file(GOOD)
    assert load_space(path).domain("dense") == Choice("8", "16")
    assert load_space(str(path)).name == "mine"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SPACE = Space(\n", r"my_space\.py, line 1: SyntaxError: '\(' was never closed"),
        ("x = 1\ny = x / 0\n", r"my_space\.py, line 2: ZeroDivisionError: division by zero"),
        ("raise ValueError('a\\nb')", r"line 1: ValueError: a b"),
        ("raise ValueError", r"line 1: ValueError: no message"),
        ("import nowhere_at_all", r"line 1: ModuleNotFoundError: No module named"),
        ("import sys\nsys.exit(1)", r"line 2: SystemExit: 1"),
        ("x = 1", r"must set SPACE .*, but it has no SPACE"),
        ("SPACE = {'dense': '8'}", r"must set SPACE .*, but it has dict"),
        (GOOD.replace('"8"', '"8-"'), r"my_space\.py: Space 'mine': dense is"),
        (GOOD.replace("dense", "dence"), r"my_space\.py: .*Did you mean 'dense'"),
    ],
)
def test_a_mistake_in_a_file_says_where_and_what(file, text, says):
    """File, line and cause on one line, whatever the file does."""
    with pytest.raises(SpaceError, match=says) as caught:
        load_space(file(text))
    assert "\n" not in str(caught.value)


def test_a_mistake_in_a_file_named_from_here_has_its_line(file, monkeypatch):
    """A relative path is named as it was given, and the line is found all the same."""
    folder = file("x = 1\ny = x / 0\n").parent
    monkeypatch.chdir(folder)
    with pytest.raises(SpaceError, match=r"^\.\./.*/my_space\.py, line 2: ZeroDivisionError"):
        load_space(f"../{folder.name}/my_space.py")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("quickstrat", "Did you mean 'quickstart'"),
        ("", "Unknown space ''; choose one of cifar10_cnns"),
        ("nowhere/my_space.py", r"no space file 'nowhere/my_space\.py'"),
    ],
)
def test_a_space_that_is_not_there(name, says):
    """Unknown names get the list and the near miss; missing files are named."""
    with pytest.raises(SpaceError, match=says):
        load_space(name)
