"""Archives as other systems pack them: the folders and names that were meant, and refusals that name the archive."""

from __future__ import annotations

import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import DataError, check_dataset, load_dataset, split_dataset

DOS, UNIX = 0, 3


def png(number: int) -> bytes:
    """Return a small image that differs from the others."""
    pixels = np.random.default_rng(number).integers(0, 256, (24, 24), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def packed(
    folder: Path,
    names: list[str],
    system: int = UNIX,
    raw: Mapping[str, bytes] | None = None,
    extra: bytes = b"",
) -> Path:
    """Write a .zip file; ``raw`` replaces text of the names by bytes of the same length."""
    archive = folder / "pets.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for number, name in enumerate(names):
            info = zipfile.ZipInfo(name)
            info.create_system, info.extra = system, extra
            file.writestr(info, png(number) if name.endswith(".png") else b"")
    content = archive.read_bytes()
    for text, other in (raw or {}).items():
        assert len(text) == len(other)
        content = content.replace(text.encode(), other)
    archive.write_bytes(content)
    return archive


def unicode_path(name: str, raw: bytes) -> bytes:
    """Return the extra field with which packers say a name in UTF-8."""
    content = struct.pack("<BL", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(content)) + content


@pytest.mark.parametrize(
    ("names", "system", "raw", "extra", "expected", "note"),
    [
        (["p\\a\\0.png", "p\\b\\0.png"], DOS, {}, b"", ["a/0.png", "b/0.png"], ""),
        (["p\\a\\0.png", "p\\b\\0.png"], UNIX, {}, b"", ["a/0.png", "b/0.png"], ""),
        (["p\\", "p\\a\\", "p\\a\\0.png", "p\\b\\0.png"], DOS, {}, b"", ["a/0.png", "b/0.png"], ""),
        (["train\\a\\0.png", "test\\a\\0.png"], DOS, {}, b"", ["test/a/0.png", "train/a/0.png"], ""),
        (["a/0\\1.png", "b/0.png"], UNIX, {}, b"", ["a/0\\1.png", "b/0.png"], ""),
        (["a/0\\1.png", "b/0.png"], DOS, {}, b"", ["a/0/1.png", "b/0.png"], ""),
        (["K??he/0.png", "b/0.png"], UNIX, {"K??he": "Käche".encode()[:5]}, b"", ["Käch/0.png", "b/0.png"], ""),
        (["K?che/0.png", "b/0.png"], DOS, {"K?che": b"K\x81che"}, b"", ["Küche/0.png", "b/0.png"], "as Küche/0.png"),
        (["??/0.png"], DOS, {"??/0": b"\x8c\xa2/0"}, unicode_path("犬/0.png", b"\x8c\xa2/0.png"), ["犬/0.png"], ""),
        (["??/0.png"], DOS, {"??/0": b"\x8c\xa2/0"}, unicode_path("犬/0.png", b"x"), ["îó/0.png"], "1 name in"),
    ],
    ids=[
        "Windows", "Windows says Unix", "folders of their own", "splits", "a backslash on Unix", "both on Windows",
        "UTF-8 without its mark", "an old encoding", "a stated name", "a stale stated name",
    ],
)  # fmt: skip
def test_a_zip_of_another_system(tmp_path, names, system, raw, extra, expected, note):
    """Folders are folders and names are names; a guess is noted, also when the archive is unpacked already."""
    archive = packed(tmp_path, names, system, raw, extra)
    for _ in range(2):
        dataset = load_dataset(archive, cache=tmp_path / "cache")
        assert sorted(dataset.relative(one.path) for one in dataset.images) == sorted(expected)
        assert note in " ".join(dataset.notes)
        assert bool(note) == bool(dataset.notes)


def test_backslashes_lead_nowhere(tmp_path):
    """What points outside on Windows is refused like what points outside here."""
    archive = packed(tmp_path, ["a\\0.png", "..\\..\\evil.png"], DOS)
    with pytest.raises(DataError, match=r"\.\./\.\./evil\.png points outside the archive"):
        load_dataset(archive, cache=tmp_path / "cache")


def test_a_tar_in_an_old_encoding(tmp_path):
    """Names that are not UTF-8 are read as Latin-1, and that is noted."""
    archive = tmp_path / "pets.tar"
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as file:
        for number, folder in enumerate((os.fsdecode(b"K\xfcche"), "b")):
            info = tarfile.TarInfo(f"{folder}/0.png")
            info.size = len(png(number))
            file.addfile(info, io.BytesIO(png(number)))
    dataset = load_dataset(archive, cache=tmp_path / "cache")
    assert set(dataset.classes) == {"Küche", "b"}
    assert "1 name in an old encoding, read as Küche/0.png" in dataset.notes[0]


def test_refusals_name_the_archive(tmp_path):
    """Whatever is refused later, nobody is sent into the cache; the check says where the images are."""
    cache = tmp_path / "cache"
    one = load_dataset(packed(tmp_path, ["a/0.png", "a/1.png"]), cache=cache)
    with pytest.raises(DataError, match=r"/pets\.zip: 1 class \(a\), but") as caught:
        split_dataset(one, seed=0)
    assert str(cache) not in str(caught.value)
    two = load_dataset(packed(tmp_path, ["a/0.png", "b/1.png"]), cache=cache)
    assert check_dataset(two, cache=cache).place == str(tmp_path / "pets.zip")
    found = check_dataset(two, cache=cache).findings[0].sentence
    assert "pets.zip: every class needs at least" in found
    assert str(cache) not in found
    for members in ({"a/0.png": b"x", "b/0.png": b"x"}, {"a/0.png": png(1), "b/0.png": b"x"}):
        with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
            for name, content in members.items():
                file.writestr(name, content)
        with pytest.raises(DataError, match=r"/bad\.zip: no") as caught:
            load_dataset(tmp_path / "bad.zip", cache=cache)
        assert str(cache) not in str(caught.value)
