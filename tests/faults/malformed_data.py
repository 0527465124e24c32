"""Malformed images and manifests."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from malformed import SEARCH, Case, bomb, class_files, files, images, png
from PIL import Image

CHECK = ("data", "check", "p")
CHECK_CSV = ("data", "check", "m.csv")
LOOK = (*SEARCH, "--data", "p")


def _jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "JPEG")
    return file.getvalue()


def _loop(folder: Path) -> None:
    (folder / "p").symlink_to("p")


def _csv(*lines: str) -> Callable[[Path], None]:
    return images(m_DOT_csv="\n".join(lines))


def _parquet(**columns: list) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.table(columns), folder / "m.parquet")

    return make


def _tar(kept: slice = slice(None), *, content: bytes = png(), link: bool = False) -> Callable:
    def make(folder: Path) -> None:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as file:
            for name in ("cat", "dog"):
                info = tarfile.TarInfo(f"p/{name}/0")
                info.type = tarfile.SYMTYPE if link else tarfile.REGTYPE
                info.size = 0 if link else len(content)
                file.addfile(info, io.BytesIO(content))
        (folder / "p.tar").write_bytes(archive.getvalue()[kept])

    return make


def _half_a_zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "p.zip", "w") as file:
        for row in _ROWS:
            file.writestr(row.split(",")[0], png())
    whole = (folder / "p.zip").read_bytes()
    (folder / "p.zip").write_bytes(whole[: len(whole) // 2])


_ROWS = [f"p/{name}/{i}.png,{name}" for name in ("cat", "dog") for i in range(4)]

IMAGES = [
    Case("no such folder", CHECK, "no such folder"),
    Case("empty folder", CHECK, "no class folders", lambda folder: (folder / "p").mkdir()),
    Case("only texts", CHECK, "no class folders", files(p__a_DOT_txt="a")),
    Case("images without classes", CHECK, "no class folders", files(p__a_DOT_png=png())),
    Case("folders without images", CHECK, "no images in its folder", files(p__bird__a_DOT_txt="a")),
    Case("a class of slides", CHECK, "bird are of formats that", images(p__bird__a_DOT_svs="a")),
    Case("empty files", CHECK, "the file is empty", class_files(b"")),
    Case("texts named as images", CHECK, "not an image", class_files("<html></html>", "jpg")),
    Case("cut off", CHECK, "damaged|truncated", class_files(_jpeg()[:300], "jpg")),
    Case("half a header", CHECK, "damaged|not an image", class_files(png()[:20])),
    Case("bombs", CHECK, "more than the limit of", class_files(bomb())),
    Case("no pixels", CHECK, "damaged|the image is empty|not an image", class_files(bomb(0, 10))),
    Case("one class unreadable", CHECK, "no image of bird", images(p__bird__a_DOT_png=b"")),
    Case("a link to itself", CHECK, "no such folder", _loop),
    Case(
        "an image as data", ("data", "check", "a.png"), "is a single file", files(a_DOT_png=png())
    ),
    Case("no train folder", CHECK, "no train/ folder", files(p__test__cat__a_DOT_png=png())),
    Case(
        "splits of other classes",
        CHECK,
        "differ in their classes",
        files(p__train__cat__a_DOT_png=png(), p__test__cats__a_DOT_png=png()),
    ),
    Case(
        "splits without classes",
        CHECK,
        "look like splits without class folders",
        files(p__train__a_DOT_png=png(), p__test__b_DOT_png=png()),
    ),
    Case("one class", LOOK, "at least two", images(classes=("cat",))),
    Case("one image a class", LOOK, "at least|too few", images(1)),
    Case("two images a class", LOOK, "at least|too few", images(2)),
    Case(
        "one small class",
        LOOK,
        r"'owl' has 1; add some or remove the class; --min-per-class 2 leaves out",
        images(4, p__owl__0_DOT_png=png(7)),
    ),
    Case("all classes left out", (*LOOK, "--min-per-class", "9"), "must be at most 4", images(4)),
    Case("unreadable images in a search", LOOK, "none of 8 images", class_files(b"x")),
    Case("bombs in a search", LOOK, "more than the limit of", class_files(bomb())),
    Case(
        "a lower limit",
        CHECK,
        "limit of 500;",
        images(),
        (("TRANSFERTUNE_MAX_PIXELS", "500"),),
    ),
    Case(
        "a limit that is none",
        CHECK,
        "TRANSFERTUNE_MAX_PIXELS must be .* 'many'",
        images(),
        (("TRANSFERTUNE_MAX_PIXELS", "many"),),
    ),
]

ARCHIVES = [
    Case("no archive", ("data", "check", "p.tar.gz"), "damaged", files(p_DOT_tar_DOT_gz=b"no")),
    Case("an empty archive", ("data", "check", "p.tar"), "damaged", files(p_DOT_tar=b"")),
    Case("truncated", ("data", "check", "p.tar"), "damaged.*end", _tar(slice(1024))),
    Case("a link", ("data", "check", "p.tar"), "p/cat/0 is a link", _tar(link=True)),
    Case("a search of half an archive", (*SEARCH, "--data", "p.zip"), "damaged", _half_a_zip),
    Case("no folder inside", ("data", "check", "tar://no::p.tar"), "no folder no with", _tar()),
    Case(
        "an archive of texts", ("data", "check", "p.tar"), "no images in it", _tar(content=b"text")
    ),
]

MANIFESTS = [
    Case("empty manifest", CHECK_CSV, "no column path", files(m_DOT_csv=b"")),
    Case("header alone", CHECK_CSV, "no rows", files(m_DOT_csv="path,label\n")),
    Case("no path", CHECK_CSV, "no column path", _csv("picture,label", *_ROWS)),
    Case(
        "no label", CHECK_CSV, "no column label", _csv("path,a,b", *(f"{row},x" for row in _ROWS))
    ),
    Case("missing file", CHECK_CSV, "is not there", _csv("path,label", *_ROWS, "p/no.png,cat")),
    Case(
        "unknown split",
        CHECK_CSV,
        "unknown split",
        _csv("path,label,split", *(f"{r},tset" for r in _ROWS)),
    ),
    Case("listed twice", CHECK_CSV, "again", _csv("path,label", *_ROWS, "p/cat/0.png,cat")),
    Case(
        "no label in a row",
        CHECK_CSV,
        "without a label",
        _csv("path,label", *_ROWS[1:], "p/cat/0.png,"),
    ),
    Case("ragged", CHECK_CSV, "columns in the header", _csv("path,label", *_ROWS, "p/cat/0.png")),
    Case("a folder listed", CHECK_CSV, "is not there", _csv("path,label", *_ROWS, "p/cat,cat")),
    Case(
        "column twice",
        CHECK_CSV,
        "more than one column",
        _csv("path,label,label", *(f"{r},x" for r in _ROWS)),
    ),
    Case(
        "not UTF-8",
        CHECK_CSV,
        "not a CSV file in UTF-8",
        files(m_DOT_csv="path,label\né".encode("latin-1")),
    ),
    Case(
        "UTF-16",
        CHECK_CSV,
        "is not there",
        files(m_DOT_csv="path,label\na,b".encode("utf-16")),
    ),
    Case(
        "NUL bytes",
        CHECK_CSV,
        "not a CSV|is not there",
        files(m_DOT_csv=b"path,label\na\x00b,cat\n"),
    ),
    Case(
        "huge field", CHECK_CSV, "not a CSV", files(m_DOT_csv="path,label\n" + "a" * 200_000 + ",b")
    ),
    Case("open quote", CHECK_CSV, "not a CSV", files(m_DOT_csv='path,label\n"a,b\n')),
    Case(
        "long name", CHECK_CSV, "is not there", files(m_DOT_csv="path,label\n" + "a" * 5000 + ",b")
    ),
    Case(
        "no Parquet",
        ("data", "check", "m.parquet"),
        "not a readable Parquet",
        files(m_DOT_parquet=b"PAR1"),
    ),
    Case(
        "Parquet without columns", ("data", "check", "m.parquet"), "no column path", _parquet(a=[1])
    ),
    Case(
        "Parquet of nothing", ("data", "check", "m.parquet"), "no rows", _parquet(path=[], label=[])
    ),
    Case(
        "Parquet without paths",
        ("data", "check", "m.parquet"),
        "without a path",
        _parquet(path=[None], label=["a"]),
    ),
    Case(
        "other table",
        ("data", "check", "m.xlsx"),
        "is a single file; give a folder",
        files(m_DOT_xlsx=b"PK"),
    ),
    Case(
        "one class in a manifest",
        (*SEARCH, "--data", "m.csv"),
        "at least two",
        _csv("path,label", *_ROWS[:4]),
    ),
    Case(
        "a group in two splits",
        (*SEARCH, "--data", "m.csv"),
        "group",
        _csv(
            "path,label,split,group",
            *(f"{r},{s},g" for r, s in zip(_ROWS, ("train", "test") * 4, strict=True)),
        ),
    ),
]
