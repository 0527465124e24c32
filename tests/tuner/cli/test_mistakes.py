"""What a person sees of a mistake: one line, exit code 2, and nothing written."""

from __future__ import annotations

import re

import click
import pytest

from transfertune.tuner.cli import main as entry
from transfertune.tuner.cli.main import main, tune


def commands(group=tune, words=()):
    """Yield every command with its words, groups included."""
    yield words, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*words, name))


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty folder to run in, with a cache that knows of no study."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRANSFERTUNE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def run(words, capsys):
    """Run the command line; return its exit code, output and error output."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return ended.value.code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "command"),
    list(commands()),
    ids=lambda v: " ".join(v) if isinstance(v, tuple) else "",
)
def test_every_command_has_help_with_an_example(words, command, capsys):
    """Help ends well, shows an example that starts with the command, and explains every option."""
    code, out, err = run([*words, "--help"], capsys)
    assert (code, err) == (0, "")
    example = out.split("Example:")[1].splitlines()[1].strip()
    assert example.startswith(" ".join(("tune", *words)))
    for option in command.params:
        assert not isinstance(option, click.Option) or option.help, option.name


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["serach"],
            r"Unknown command 'serach'; known are cache, compare, data, .* Did you mean 'search'\?",
        ),
        (["data", "chekc"], "chekc"),
        (["search"], "--space"),
        (["search", "--space", "quickstart", "--trails", "3"], "--trials"),
        (["search", "--space", "quickstrat"], "Did you mean 'quickstart'"),
        (["search", "--space", "mine.py"], r"no space file 'mine\.py'"),
        (["search", "--space", "quickstart", "--strategy", "gird"], "Did you mean 'grid'"),
        (["search", "--space", "quickstart", "--set", "dropout"], "must be KEY=VALUE"),
        (["search", "--space", "quickstart", "--set", "dropout="], "must be KEY=VALUE"),
        (["search", "--space", "quickstart", "--set", "=1"], "must be KEY=VALUE"),
        (["search", "--space", "quickstart", "--set", "l2=0", "--set", "l2=1"], "l2 is set twice"),
        (
            ["search", "--space", "quickstart", "--set", "drop=0.1"],
            "'drop'.*Did you mean 'dropout'",
        ),
        (["search", "--space", "quickstart", "--set", "pooling=gpa"], "Did you mean 'gap'"),
        (["search", "--space", "quickstart", "--patience", "0"], "'--patience': 0 is not in"),
        (
            ["search", "--space", "quickstart", "--budget", "20"],
            "give a number above 0 with a unit",
        ),
        (["search", "--space", "quickstart", "--budget", "0m"], "is not a time"),
        (["search", "--space", "quickstart", "--trials", "many"], "many"),
        (["search", "--space", "quickstart", "--seed", "-1"], "'--seed': -1 is not in"),
        (["search", "--space", "quickstart", "--folds", "0"], "'--folds': 0 is not in .*50"),
        (["search", "--space", "quickstart", "--repeats", "101"], "'--repeats': 101 is not in"),
        (["search", "--space", "quickstart", "--workers", "0"], "'--workers': 0 is not in"),
        (["search", "--space", "quickstart", "--trials", "0"], "'--trials': 0 is not in"),
        (["search", "--space", "quickstart", "--epochs", "0"], "'--epochs': 0 is not in"),
        (["retrain", ".", "--trial", "0"], "'--trial': 0 is not in"),
        (["data", "check", ".", "--folds", "51"], "'--folds': 51 is not in"),
        (["search", "--space", "quickstart", "--data", "nowhere"], "no such folder"),
        (["search", "--space", "plates", "--weights", "none"], "--data DIR"),
        (["search", "--space", "quickstart", "--weights", "nowhere"], "no folder nowhere"),
        (["spaces", "food_101"], "Did you mean 'food101'"),
        (["report"], "There is no last study"),
        (["report", "nowhere"], "nowhere"),
        (["report", "."], "not a study's folder"),
        (["retrain", "."], "not a study's folder"),
        (["export-best", "."], "--out"),
        (["export-best", ".", "--out", "m.keras"], "not a study's folder"),
        (["predict", "m.keras"], "IMAGES"),
        (["predict", "m.keras", "a.jpg"], "no model m.keras"),
        (["predict", "m.keras", "a.jpg", "--top", "0"], "--top"),
        (["data", "check", "nowhere"], "no such folder"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line(words, says, empty, capsys):
    """Exit code 2, nothing on the output, one line that says what to do and ends as a sentence, nothing written."""
    code, out, err = run(words, capsys)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"tune: [^\n]+[.?]\n", err), err
    assert re.search(says, err), err
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="tune"),
        pytest.param(["data"], id="tune data"),
    ],
)
def test_a_group_alone_shows_its_help(words, capsys):
    """Without a command the help is printed as it is, line by line."""
    _, out, err = run(words, capsys)
    assert len((out + err).splitlines()) > 5


def test_a_space_file_with_an_error_is_one_line(empty, capsys):
    """File, line and cause, no traceback."""
    (empty / "mine.py").write_text("import sys\nSPACE = 1 / 0\n")
    code, _, err = run(["search", "--space", "mine.py"], capsys)
    assert code == 2
    assert err == "tune: mine.py, line 2: ZeroDivisionError: division by zero.\n"


def test_an_interruption_says_how_to_go_on(empty, capsys, images, monkeypatch):
    """Control-C ends with 130 and one line, and keeps what was done."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("transfertune.tuner.cli.progress.SearchDisplay.on_event", interrupt)
    words = ["search", "--space", "quickstart", "--data", images, "--weights", "none"]
    code, _, err = run([*words, "--in-process"], capsys)
    assert code == 130
    assert "The same command continues the search." in err


def test_a_folder_that_cannot_be_written_is_one_line(empty, capsys, images):
    """What the machine refuses is no traceback either."""
    (empty / "file").write_text("")
    words = ["search", "--space", "quickstart", "--data", images, "--weights", "none"]
    code, _, err = run([*words, "--in-process", "--study", "file"], capsys)
    assert code == 2
    assert re.fullmatch(r"tune: [^\n]+\n", err.splitlines(keepends=True)[-1])
    assert "file" in err


def test_the_entry_point_is_main():
    """`tune` in the package's scripts is this function."""
    assert entry is main
