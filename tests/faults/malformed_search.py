"""Malformed spaces, weights and command lines of a search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from malformed import SEARCH, Case, files, images

OWN = ("search", "--space", "mine.py")
QUICK = ("search", "--space", "quickstart")
_FIELDS = 'name="mine", title="", expects="", data=None'


def _space(text: str) -> Callable[[Path], None]:
    return files(mine_DOT_py=text)


def _made(fields: str = _FIELDS, domains: str = "{}") -> Callable[[Path], None]:
    names = "from transfertune.search_spaces import Choice, Float, Int, Space\n"
    return _space(f"{names}SPACE = Space({fields}, domains={domains})\n")


SPACES = [
    Case("unknown space", ("search", "--space", "quickstrat"), "Did you mean 'quickstart'"),
    Case("no space file", OWN, "no space file"),
    Case("folder as space", OWN, "no space file", lambda folder: (folder / "mine.py").mkdir()),
    Case("syntax error", OWN, "line 2: SyntaxError", _space("\nSPACE = (\n")),
    Case("error while read", OWN, "line 1: ZeroDivisionError", _space("SPACE = 1 / 0")),
    Case("leaves the program", OWN, "SystemExit", _space("import sys; sys.exit(0)")),
    Case("missing module", OWN, "ModuleNotFoundError", _space("import nothing_of_that_name")),
    Case("endless recursion", OWN, "RecursionError", _space("def f(): f()\nf()")),
    Case("not UTF-8", OWN, "SyntaxError", files(mine_DOT_py="A = 'é'".encode("latin-1"))),
    Case("NUL bytes", OWN, "SyntaxError|null bytes", files(mine_DOT_py=b"a = 1\x00")),
    Case("no SPACE", OWN, "no SPACE", _space("space = 1")),
    Case("SPACE is a table", OWN, "it has dict", _space("SPACE = {}")),
    Case("unknown name", OWN, "Did you mean 'dropout'", _made(domains="{'dropuot': 0.1}")),
    Case("range upside down", OWN, "low < high", _made(domains="{'dropout': Float(0.5, 0.1)}")),
    Case("range out of range", OWN, "dropout is", _made(domains="{'dropout': Float(0.5, 1.5)}")),
    Case("logarithm of 0", OWN, "above 0", _made(domains="{'l2': Float(0, 0.1, log=True)}")),
    Case("no choice", OWN, "one value or more", _made(domains="{'dense': Choice()}")),
    Case("unknown backbone", OWN, "mobilenet_v2", _made(domains="{'backbone': 'mobilnet_v2'}")),
    Case("value is a list", OWN, "dropout is|unhashable", _made(domains="{'dropout': [0.1]}")),
    Case("domains are a list", OWN, "domains", _made(domains="[1]")),
    Case("no epochs", OWN, "epochs must be", _made(_FIELDS + ", epochs=0")),
    Case("trials in words", OWN, "trials must be", _made(_FIELDS + ", trials='ten'")),
    Case("name is a path", OWN, "name must be", _made(_FIELDS.replace("mine", "../mine"))),
    Case(
        "too small for its backbone",
        OWN,
        "below the",
        _made(domains="{'backbone': 'inception_resnet_v2', 'image_size': 32}"),
    ),
    Case("no data", OWN, "--data DIR", _made()),
    Case("unknown space to show", ("spaces", "food_101"), "Did you mean 'food101'"),
]

WEIGHTED = (
    *SEARCH[:3],
    "--data",
    "p",
    "--in-process",
    "--weights",
    "w",
    "--set",
    "backbone=mobilenet_v2_035",
)
_FILE = "w__mobilenet_v2_0_DOT_35_224_no_top_DOT_weights_DOT_h5"


def _other_network(folder: Path) -> None:
    import h5py

    images()(folder)
    (folder / "w").mkdir()
    with h5py.File(folder / "w" / "mobilenet_v2_0.35_224_no_top.weights.h5", "w") as file:
        file.create_dataset("layers/conv/vars/0", data=[1.0])


WEIGHTS = [
    Case("no folder of weights", WEIGHTED, "no folder w", images()),
    Case("weights are a file", WEIGHTED, "no folder w", images(w=b"")),
    Case("no weights in it", WEIGHTED, "No weights for mobilenet_v2_035", images(w__a_DOT_txt="a")),
    Case("empty weights", WEIGHTED, "does not fit", images(**{_FILE: b""})),
    Case("weights are a text", WEIGHTED, "does not fit", images(**{_FILE: "no weights"})),
    Case(
        "weights cut off",
        WEIGHTED,
        "does not fit",
        images(**{_FILE: b"\x89HDF\r\n\x1a\n" + bytes(90)}),
    ),
    Case("weights of another network", WEIGHTED, "does not fit", _other_network),
]

UNKNOWN = [
    Case("unknown command", ("serach",), "Did you mean 'search'"),
    Case("unknown option", (*QUICK, "--trails", "3"), "--trials"),
    Case("no space", ("search",), "--space"),
    Case("unknown strategy", (*QUICK, "--strategy", "gird"), "Did you mean 'grid'"),
    Case("unknown objective", (*QUICK, "--objective", "acuracy"), "Did you mean 'accuracy'"),
    Case("no trials", (*QUICK, "--trials", "0"), "--trials.*0 is not in"),
    Case("trials in words", (*QUICK, "--trials", "many"), "many"),
    Case("negative epochs", (*QUICK, "--epochs", "-3"), "--epochs.*-3 is not in"),
    Case("budget without a unit", (*QUICK, "--budget", "20"), "with a unit"),
    Case("no budget", (*QUICK, "--budget", "0s"), "is not a time"),
    Case("seed with a point", (*QUICK, "--seed", "1.5"), "1.5"),
    Case("classes of none", (*QUICK, "--min-per-class", "0"), "--min-per-class.*0 is not in"),
    Case("negative seed", (*QUICK, "--seed", "-1"), "--seed.*-1 is not in"),
    Case("no workers", (*QUICK, "--workers", "0"), "workers"),
    Case("setting without a value", (*QUICK, "--set", "dropout"), "must be KEY=VALUE"),
    Case("setting out of range", (*QUICK, "--set", "dropout=1.5"), "dropout is"),
    Case("setting that is no number", (*QUICK, "--set", "learning_rate=nan"), "learning_rate is"),
    Case("infinite setting", (*QUICK, "--set", "l2=inf"), "l2 is"),
    Case("setting twice", (*QUICK, "--set", "l2=0", "--set", "l2=1"), "l2 is set twice"),
    Case("value twice", (*QUICK, "--set", "batch_size=8,8.5"), "batch_size is"),
    Case("unfreezing too much", (*QUICK, "--set", "unfreeze=9999"), "unfreeze 9999"),
    Case(
        "unfreezing more than one of several",
        (
            "search",
            "--space",
            "plates",
            "--set",
            "backbone=resnet50,mobilenet_v2",
            "--set",
            "unfreeze=0,170",
        ),
        "unfreeze 170 is more than the 153 layers of mobilenet_v2",
    ),
    Case("unfreezing a part", (*QUICK, "--set", "unfreeze=0.5"), "unfreeze is"),
    Case("unknown data", (*QUICK, "--data", "nowhere"), "no such folder"),
    Case("named set misspelt", (*QUICK, "--data", "cifar_10"), "did you mean 'cifar10'"),
    Case("study is a file", (*QUICK, "--study", "f"), "f is a file", files(f="")),
    Case("study below a file", (*QUICK, "--study", "f/s"), "f is a file", files(f="")),
    Case("study in a full folder", (*QUICK, "--study", "d"), "is not empty", files(d__a="")),
    Case("cache is a file", QUICK, "cache", files(), (("TRANSFERTUNE_CACHE", "/dev/null"),)),
    Case(
        "cache limit in words",
        ("cache",),
        "500MB or 20GB",
        files(),
        (("TRANSFERTUNE_CACHE_LIMIT", "big"),),
    ),
    Case(
        "memory in words", QUICK, "500MB or 20GB", files(), (("TRANSFERTUNE_WORKER_MEMORY", "8"),)
    ),
    Case(
        "silence in words", QUICK, "90s, 20m", files(), (("TRANSFERTUNE_WORKER_SILENCE", "long"),)
    ),
]
