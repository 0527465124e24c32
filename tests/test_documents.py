"""The documents say what the program does: their commands are real, their tables are the program's."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from transfertune.datasets.sources.archive_formats import FORMATS
from transfertune.reports.leaderboard.frame import COLUMNS
from transfertune.reports.study.files.histories import EPOCH_COLUMNS
from transfertune.reports.study.frames import FIT_COLUMNS, PREDICTION_COLUMNS, TRIAL_COLUMNS
from transfertune.reports.study.reference import with_reference
from transfertune.search_spaces import BACKBONES, SPACES, Space, comparison, load_space
from transfertune.tuner.cli.main import tune
from transfertune.tuner.cli.reference import reference

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
GUIDE, STUDY = PAGES["guide"], PAGES["study"]
WHERE = {"README.md": README} | {f"docs/{stem}.md": text for stem, text in PAGES.items()}
MOST_WORDS = 1300


def blocks(language: str, text: str = README) -> list[str]:
    """Return a document's code blocks in a language, by default the README's."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def commands() -> list[list[str]]:
    """Return every `tune` command of the shell blocks in the README and in the pages, as words."""
    found = [block for text in (README, *PAGES.values()) for block in blocks("sh", text)]
    lines = dict.fromkeys("\n".join(found).replace(".venv/bin/", "").splitlines())
    parts = [part.split("#")[0].strip() for line in lines for part in line.split("&&")]
    return [shlex.split(part) for part in parts if part.startswith("tune ")]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_documented_commands_are_understood(words):
    """Every command in the documents has the options and arguments that the program has."""
    command, context, rest = tune, None, words[1:]
    while isinstance(command, click.Group):
        command, rest = command.commands[rest[0]], rest[1:]
    context = command.make_context("tune", list(rest), help_option_names=["-h", "--help"])
    if context.params.get("space") and context.params["space"] in SPACES:
        settings = dict(context.params["settings"])
        space = load_space(context.params["space"])
        assert (comparison if words[1] == "compare" else Space.narrow)(space, settings)


def test_documents_show_the_commands():
    """The documents show every command that a user needs from the data to a prediction."""
    shown = {words[1] for words in commands()}
    assert {"data", "export-best", "predict", "report", "search"} <= shown


def test_reference_is_current():
    """docs/cli.md is what the commands' own help gives."""
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference()


def test_tables_of_records_are_current():
    """docs/study.md has the tables that the classes of the records give, and every field has a meaning."""
    assert with_reference(STUDY) == STUDY


def test_python_of_the_readme_is_that_of_the_guide():
    """The README's scripts stand in the guide too, where a test runs them."""
    assert set(blocks("python")) <= set(blocks("python", GUIDE))


def test_readme_is_short():
    """The README is read in a few minutes; what is longer has a page of its own."""
    assert len(README.split()) < MOST_WORDS


@pytest.mark.parametrize("name", WHERE)
def test_links_lead_somewhere(name):
    """Every link of a document to a file or a heading of this project finds it."""
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", WHERE[name]):
        path, _, anchor = target.partition("#")
        file = (folder / path).resolve() if path else ROOT / name
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_named_files_are_there(name):
    """The files and folders of the code that a document names exist."""
    text = (ROOT / name).read_text(encoding="utf-8")
    parts = "datasets|reports|search_spaces|transfertune|tuner|tests"
    named = re.findall(rf"`(?:pytest )?((?:{parts})/[\w./]*)`", text)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def floors_of_the_import_rule() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return FLOORS as tests/test_import_rule.py states it."""
    source = (ROOT / "tests" / "test_import_rule.py").read_text(encoding="utf-8")
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    return next(ast.literal_eval(n.value) for n in nodes if ast.unparse(n.targets[0]) == "FLOORS")


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_floors_are_those_of_the_import_rule(name):
    """The documents' tables put every room on the floor that the test of imports holds."""
    text = (ROOT / name).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \|(.*)$", text, re.M)
    for part, floors in floors_of_the_import_rule().items():
        for number, rooms in enumerate(floors, 1):
            named = " ".join(cells for floor, cells in rows if int(floor) == number)
            assert [room for room in rooms if f"`{room}" not in named] == [], part


def test_every_page_is_in_the_index():
    """docs/index.md leads to every other page."""
    assert [
        stem for stem in PAGES if stem != "index" and f"({stem}.md)" not in PAGES["index"]
    ] == []


def test_weights_files_are_documented():
    """The guide names every backbone with the files that `--weights DIR` looks for."""
    for row in BACKBONES.values():
        line = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{row.name}` |"))
        assert f"| {row.image_size} |" in line
        if not row.shipped:
            assert all(f"`{name}`" in line for name in row.weights_files)


def test_archive_formats_are_documented():
    """Every ending of an archive that can be read is in the data page and in the help of `--data`."""
    shown = tune.commands["search"].get_help(click.Context(tune.commands["search"]))
    for text in (PAGES["data"], shown):
        assert set(FORMATS) <= set(re.findall(r"\.(?:tar\.)?\w+", text))


def test_spaces_are_documented():
    """The guide names every space."""
    assert all(f"| `{name}` |" in GUIDE for name in SPACES)


def test_ci_runs_the_readme_command():
    """`.ci/run` calls exactly the README's test command."""
    command = next(
        line for block in blocks("sh") for line in block.splitlines() if "pytest" in line
    )
    assert command in (ROOT / ".ci" / "run").read_text().splitlines()


def test_space_of_the_guide_loads(tmp_path):
    """The guide's space file is a space."""
    source = next(block for block in blocks("python", GUIDE) if "SPACE = Space(" in block)
    file = tmp_path / "my_space.py"
    file.write_text(source)
    assert load_space(file).name == "my_space"


QUICKSTART = "tune search --space quickstart"


@pytest.fixture(scope="module")
def walked(tmp_path_factory) -> dict[str, str]:
    """What the README's commands print, run one after another, after a search of two short trials."""
    folder = tmp_path_factory.mktemp("walk")
    printed = {"search": _tune(f"{QUICKSTART} --trials 2 --epochs 6", folder)}
    for line in (
        "tune report",
        "tune export-best --out model.keras",
        "tune predict model.keras cache/datasets/",
        "tune explain model.keras cache/datasets/*/test/star/3*.png --out explained",
    ):
        printed[line] = _tune(line, folder)
    printed["folder"] = folder
    return printed


def _tune(line: str, folder: Path) -> str:
    words = [sys.executable, "-m", "transfertune.tuner.cli", *shlex.split(line)[1:]]
    return _run(words, folder).stdout


@pytest.mark.slow
def test_quickstart_ends_with_a_test_score(tmp_path):
    """The README's first command as it stands ends with a report, a model and a score on the test images."""
    assert QUICKSTART in "\n".join(blocks("sh"))
    printed = _tune(QUICKSTART, tmp_path)
    assert re.search(r"it reaches a test accuracy of 0\.[6-9]", printed)
    assert "Report: studies/quickstart/report/report.html" in printed
    assert "Model: studies/quickstart/best/model.keras" in printed


@pytest.mark.slow
def test_walk_through_goes_on_from_the_last_study(walked):
    """The commands after the search find the study, write the model and classify folders of images."""
    assert "Next: tune export-best studies/quickstart" in walked["search"]
    assert "expected accuracy on new images is" in walked["tune report"]
    assert (
        "model.keras, model.card.md, model_keras_example.py"
        in walked["tune export-best --out model.keras"]
    )
    assert walked["tune predict model.keras cache/datasets/"].count(".png") == 300
    assert len(list((walked["folder"] / "explained").iterdir())) == 10


@pytest.mark.slow
def test_python_of_the_study_page_runs(walked):
    """docs/study.md's examples run as they stand on a study, and import neither Keras nor TensorFlow."""
    script = "\n".join(blocks("python", STUDY))
    script += "\nimport sys; assert not {'keras', 'tensorflow'} & set(sys.modules)\n"
    (walked["folder"] / "script.py").write_text(script)
    printed = _run([sys.executable, "script.py"], walked["folder"]).stdout
    assert "<Study studies/quickstart" in printed
    assert (walked["folder"] / "my_report" / "report.html").exists()


def test_study_page_names_every_column():
    """docs/study.md names all columns of the frames and of the leaderboard's files."""
    for columns in (TRIAL_COLUMNS, FIT_COLUMNS, EPOCH_COLUMNS, PREDICTION_COLUMNS, COLUMNS):
        assert [name for name in columns if f"`{name}`" not in STUDY] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "wanted",
    ["import load_study, search", "import SearchDisplay", "import keras_tuner"],
)
def test_python_of_the_guide_runs(wanted, tmp_path):
    """The guide's scripts run as they stand, in a folder of their own and without a main guard."""
    (tmp_path / "script.py").write_text(next(b for b in blocks("python", GUIDE) if wanted in b))
    result = _run([sys.executable, "script.py"], tmp_path)
    assert "Traceback" not in result.stderr
    assert result.stdout or "(2/2)" in result.stderr


def _run(words: list[str], folder: Path) -> subprocess.CompletedProcess:
    environment = {**os.environ, "TRANSFERTUNE_CACHE": str(folder / "cache")}
    result = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result
