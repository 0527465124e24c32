"""Tables as spreadsheets, data frames and other systems leave them: cells and paths, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field

IMAGES = ("all/0.png", "all/1.png", "all/2.png", "all/3.png")
AB = {IMAGES[0]: "a", IMAGES[1]: "b", IMAGES[2]: "a", IMAGES[3]: "b"}
NAN = float("nan")


@dataclass(frozen=True)
class Case:
    """One table: its text, or its columns in Parquet, and what is read of it.

    ``labels`` maps the images to their classes, or ``says`` is part of the refusal. ``splits`` maps images to the
    split that is stated, and ``note`` is part of a note. ``files`` are the images that are there.
    """

    name: str
    table: str | bytes | dict
    labels: dict[str, str] = field(default_factory=dict)
    says: str = ""
    note: str = ""
    splits: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = IMAGES


def csv(header: str, *ends: str, paths: tuple[str, ...] = IMAGES, mark: str = ",") -> str:
    """Return a table whose first column is the paths."""
    rows = [f"{path}{mark}{end}" for path, end in zip(paths, ends, strict=True)]
    return "\n".join([header, *rows, ""])


def paths(*names: str) -> str:
    """Return a table of paths with the labels a, b, a, b."""
    return csv("path,label", *ABAB, paths=names)


def each(words: str) -> dict[str, str]:
    """Return one word for each image."""
    return dict(zip(IMAGES, words.split(), strict=True))


def windows(front: str = "") -> tuple[str, ...]:
    """Return the images' paths as they are written on Windows."""
    return tuple(front + path.replace("/", "\\") for path in IMAGES)


PATHS = list(IMAGES)
ABAB = ("a", "b", "a", "b")
CASES = [
    # What is missing in Parquet, and what is not text.
    Case(
        "no label in Parquet",
        {"path": PATHS, "label": [1.0, 2.0, NAN, 2.0]},
        says="1 row without a label (row 3)",
    ),
    Case(
        "None as label",
        {"path": PATHS, "label": ["a", None, "a", "b"]},
        says="without a label (row 2)",
    ),
    Case(
        "no path in Parquet",
        {"path": [*PATHS[:3], None], "label": ["a", "b", "a", "b"]},
        says="without a path (row 4)",
    ),
    Case("whole floats", {"path": PATHS, "label": [1.0, 2.0, 1.0, 10.0]}, each("1 2 1 10")),
    Case(
        "booleans",
        {"path": PATHS, "label": [True, False, True, False]},
        each("True False True False"),
    ),
    Case("bytes", {"path": [p.encode() for p in PATHS], "label": [b"a", b"b", b"a", b"b"]}, AB),
    Case(
        "no group",
        {"path": PATHS, "label": list(ABAB), "group": [7.0, 7.0, NAN, NAN]},
        AB,
        groups={IMAGES[0]: "7", IMAGES[1]: "7"},
    ),
    Case("lists of one", {"path": PATHS, "label": [["a"], ["b"], ["a"], ["b"]]}, AB),
    Case(
        "lists of labels",
        {"path": PATHS, "label": [["a"], ["x", "y"], ["a"], ["b"]]},
        says="1 row with several labels (row 2: x, y)",
    ),
    Case(
        "records",
        {"image": [{"path": p, "bytes": b"x"} for p in PATHS], "label": list(ABAB)},
        says="image holds records",
    ),
    Case("rows of nothing in Parquet", {"path": [*PATHS, None], "label": [*ABAB, None]}, AB),
    # Text stays text.
    Case(
        "words that libraries take for nothing",
        csv("path,label", "NA", "None", "001", "True"),
        each("NA None 001 True"),
    ),
    Case("nan in text", csv("path,label", "nan", "null", "nan", "null"), each("nan null nan null")),
    # What spreadsheets leave.
    Case("empty rows", csv("path,label", *ABAB) + ",\n , \n\n", AB),
    Case("an empty first line", "\n" + csv("path,label", *ABAB), AB),
    Case("an empty first row", ",\n \r\n" + csv("path,label", *ABAB), AB),
    Case("empty lines after sep=", "sep=;\n\n" + csv("path;label", *ABAB, mark=";"), AB),
    Case(
        "lines are counted from the first",
        "\n\n" + csv("path,label", "a", "", "a", "b"),
        says="1 row without a label (line 5)",
    ),
    Case(
        "no header below an empty line",
        "\n" + csv("all/0.png,a", "a", paths=IMAGES[:1]),
        says="line 3 repeats line 2",
    ),
    Case("nothing but empty lines", "\n\n", says="no column path"),
    Case(
        "a semicolon too many",
        csv("path;label", "a;;x", "b", "a", "b", mark=";"),
        says="quote values that contain ';'",
    ),
    Case(
        "an open quote",
        csv("path,label", '"a', "b", "a", "b"),
        says="pets.csv: not a CSV file (unexpected end of data)",
    ),
    Case(
        "an old encoding",
        csv("path,label", "\xe9", "b", "\xe9", "b").encode("latin-1"),
        says="not a CSV file in UTF-8",
    ),
    Case("sep=", "sep=;\n" + csv("path;label", *ABAB, mark=";"), AB),
    Case("sep= in quotes", '"sep=;"\r\n' + csv("path;label", *ABAB, mark=";"), AB),
    Case("sep= of commas", "sep=,\n" + csv("path,label", *ABAB), AB),
    Case(
        "semicolons",
        csv("path;label", *ABAB, mark=";"),
        AB,
        note="Read with ';' between the columns.",
    ),
    Case(
        "tabs in UTF-16",
        csv("path\tlabel", *ABAB, mark="\t").encode("utf-16"),
        AB,
        note="'\\t' between",
    ),
    Case("empty columns", csv("path,label,,", *(f"{x},," for x in ABAB)), AB),
    Case("cells beyond the header", csv("path,label", *(f"{x},," for x in ABAB)), AB),
    Case(
        "a value beyond the header", csv("path,label", "a,,x", "b", "a", "b"), says="not in line 2"
    ),
    Case("old ends of lines", csv("path,label", *ABAB).replace("\n", "\r"), AB),
    Case(
        "a number of rows",
        csv("path,label", *ABAB).replace("path,", ",path,").replace("all/", "7,all/"),
        AB,
    ),
    Case(
        "a column called line",
        csv("path,label,line", *(f"{x},q" for x in ABAB)),
        AB,
        note="Not used: 1 column",
    ),
    # Paths of other systems.
    Case(
        "backslashes",
        paths(*windows()),
        AB,
        note="Read in another way: 4 paths: all\\0.png as all/0.png.",
    ),
    Case("a drive", paths(*windows("C:\\Users\\me\\pets\\")), AB, note="as all/0.png"),
    Case("a share", paths(*windows("\\\\server\\disk\\pets\\")), AB, note="as all/0.png"),
    Case(
        "another machine", paths(*(f"/elsewhere/pets/{p}" for p in IMAGES)), AB, note="as all/0.png"
    ),
    Case("one folder too many", paths(*(f"pets/{p}" for p in IMAGES)), AB, note="as all/0.png"),
    Case("one folder too few", paths(*(p[4:] for p in IMAGES)), AB, note="0.png as all/0.png"),
    Case(
        "another case of the suffix",
        paths(*(p.replace("png", "PNG") for p in IMAGES)),
        AB,
        note="all/0.PNG as all/0.png",
    ),
    Case("no suffix", paths(*(p[:-4] for p in IMAGES)), AB, note="all/0 as all/0.png"),
    Case(
        "no suffix, two files",
        paths(*(p[:-4] for p in IMAGES)),
        says="3 paths would be there",
        files=(*IMAGES, "all/0.jpg"),
    ),
    Case(
        "all but one on Windows",
        paths(*windows()[:3], "all\\9.png"),
        says="3 paths would be there, all\\0.png as all/0.png",
    ),
    Case(
        "in two folders",
        paths(*(p[4:] for p in IMAGES)),
        says="all are in all/ and in masks/",
        files=(*IMAGES, *(f"masks/{i}.png" for i in range(4))),
    ),
    Case(
        "a name with a backslash",
        csv("path,label", "a", paths=("all\\9.png",)),
        {"all\\9.png": "a"},
        files=("all\\9.png", "all/9.png"),
    ),
    Case(
        "two paths of one file",
        csv("path,label", "a", "a", paths=("all/0.png", "all\\0.png")),
        says="line 3 repeats line 2",
    ),
    Case(
        "an upward path", paths(*IMAGES[:3], "..\\x\\3.png"), says="1 row whose file is not there"
    ),
]
