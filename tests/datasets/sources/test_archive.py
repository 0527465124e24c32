"""Archives: each format gives the same images, and none does harm."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transfertune.datasets import DataError, load_dataset
from transfertune.datasets.sources.archive_formats import FORMATS

ENDINGS = tuple(FORMATS)


def relative(dataset):
    """Return all that a data set is, with its images' paths relative to its root."""
    images = tuple(replace(p, path=p.path.relative_to(dataset.root)) for p in dataset.images)
    lost = tuple(replace(p, path=p.path.relative_to(dataset.root)) for p in dataset.unreadable)
    return replace(dataset, root=Path(), source="", images=images, unreadable=lost), dataset.digest


@pytest.mark.parametrize("top", ["", "pets/", "./pets/", "deep/pets/"])
def test_a_folder_is_the_same_data_set_in_every_format(make_folder, pack, content, tmp_path, top):
    """Images, order, labels, splits, notes, name and digest are those of the folder, whatever the order of packing."""
    root = make_folder({"train/é": 3, "train/b": 3, "test/é/deep": 2, "test/b": 1})
    (root / "train/b/bad.png").touch()
    expected = relative(load_dataset(root, cache=tmp_path / "cache"))
    assert [len(expected[0].images), len(expected[0].unreadable)] == [9, 1]
    assert expected[0].classes == ("b", "é")
    members = list(content(root, top).items())
    for ending in ENDINGS:
        for order in (1, -1):
            archive = pack(f"pets{ending}", dict(members[::order]))
            found = load_dataset(archive, cache=tmp_path / "cache")
            assert (ending, relative(found)) == (ending, expected)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect_of_tar_is_read(make_folder, pack, content, tmp_path, form):
    """Long names are written in three ways."""
    root = make_folder({"a": 1, "b": 1})
    members = content(root, "t" * 90 + "/" + "u" * 60 + "/")
    found = load_dataset(pack("pets.tar", members, form), cache=tmp_path / "cache")
    assert found.digest == load_dataset(root, cache=tmp_path / "cache").digest


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_archive_is_a_folder(make_folder, pack, content, tmp_path, monkeypatch, ending):
    """By its path, by text, and with the format before it; hidden files and other folders of systems are left."""
    members = content(make_folder({"a": 3, "b": 2}))
    left = {"__MACOSX/a/._000.png": b"x", "a/.hidden.png": b"x", "notes.txt": b"x"}
    archive = pack(f"pets{ending}", {**members, **left})
    monkeypatch.chdir(tmp_path)
    bare = archive.rename(tmp_path / "bare")
    archive.write_bytes(bare.read_bytes())
    shouted = archive.with_name(f"PETS{ending.upper()}")
    shouted.write_bytes(bare.read_bytes())
    kind = ending[1:]
    sources = (
        archive,
        str(archive),
        archive.name,
        f"{kind}://{archive}",
        f"{kind}://bare",
        shouted,
    )
    for source in sources:
        dataset = load_dataset(source, cache=tmp_path / "cache")
        assert [p.path.relative_to(dataset.root).as_posix() for p in dataset.images] == list(
            members
        )
        assert dataset.name.lower() == ("bare" if "bare" in str(source) else "pets")
        assert dataset.notes == ()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_folder_inside_is_chosen(make_folder, pack, content, tmp_path, ending):
    """Of several data sets in one archive, and never one outside."""
    root = make_folder({"cats/train/a": 2, "cats/train/b": 1, "dogs/train/c": 1, "dogs/train/d": 3})
    archive = pack(f"pets{ending}", content(root, "pets/"))
    form = ending[1:]
    for inside in ("pets/dogs", "/pets/dogs/"):
        found = load_dataset(f"{form}://{inside}::{archive}", cache=tmp_path / "cache")
        expected = load_dataset(root / "dogs", cache=tmp_path / "cache")
        assert relative(found) == relative(expected)
    for inside in ("dogs", "pets/../../..", "pets/dogs/train/c/000.png"):
        with pytest.raises(DataError, match=f"pets{ending}: no folder {inside} with images in it"):
            load_dataset(f"{form}://{inside}::{archive}", cache=tmp_path / "cache")
    with pytest.raises(DataError, match=rf"pets{ending}: its folders are data sets with a train/"):
        load_dataset(archive, cache=tmp_path / "cache")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("member", "told"),
    [
        ("../../evil.png", r"\.\./\.\./evil\.png points outside the archive; not unpacked"),
        ("a/../../evil.png", "points outside the archive; not unpacked"),
        ("a/../b/evil.png", "points outside the archive; not unpacked"),
        ("{}/evil.png", r"/evil\.png points outside the archive; not unpacked"),
        ("../ev\nil.png", r"\.\./ev il\.png points outside"),
        ("a/" + "n" * 300 + ".png", r"cannot be unpacked \(File name too long\); rename it"),
        ("a/1.png/2.png", r"a/1\.png/2\.png cannot be unpacked \(.*\); rename it"),
    ],
)
def test_a_path_that_harms_is_refused(pack, tmp_path, ending, member, told):
    """Nothing lands outside, and nothing of the archive is unpacked."""
    archive = pack(f"bad{ending}", {"a/1.png": b"x", member.format(tmp_path): b"x"})
    assert told_of(archive, tmp_path, told)
    assert not (tmp_path / "evil.png").exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_archive_without_images_is_told(pack, tmp_path, ending):
    """What may be put into it is said."""
    archive = pack(f"bad{ending}", {"a/readme.txt": b"x"})
    assert told_of(archive, tmp_path, f"no images in it; put class folders into the {ending} file")


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_wrong_inside_is_said_of_the_archive(pack, tmp_path, ending):
    """Nobody knows the folder in the cache."""
    archive = pack(f"bad{ending}", {"1.png": b"x"})
    with pytest.raises(DataError, match=rf"bad{ending}: 1 image but no class folders; put"):
        load_dataset(archive, cache=tmp_path / "cache")


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != ".tar"])
def test_a_bomb_is_refused(pack, tmp_path, ending):
    """An image that is a thousand times its packed size is none."""
    archive = pack(f"bad{ending}", {"a/1.png": b"x", "a/huge.png": bytes(20_000_000)})
    assert told_of(archive, tmp_path, "a/huge.png would unpack to 20,000,000 bytes; not unpacked")


def test_sizes_are_bounded_before_anything_is_read(pack, tmp_path):
    """All members together, one of them, and the headers have limits; each of these files only claims to be large."""
    zipped, tarred = tmp_path / "bad.zip", tmp_path / "bad.tar"
    for name, filled, told in (
        ("a/1.txt", 0, "would unpack to more than 1,073,741,824 bytes"),
        ("a/1.png", 3_000_000, "a/1.png would unpack to 2,147,483,648 bytes"),
    ):
        with zipfile.ZipFile(zipped, "w") as file:
            file.writestr("a/0.txt", bytes(filled))
            file.writestr(name, b"x")
            file.infolist()[1].file_size = 2**31
        assert told_of(zipped, tmp_path, told)
        write_blocks(tarred, header(name, size=2**31), bytes(filled))
        assert told_of(tarred, tmp_path, told)
    for kind in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME):
        write_blocks(tmp_path / "bad.tar", header("a/1.png", size=2**33, type=kind))
        assert told_of(tmp_path / "bad.tar", tmp_path, "more than 536,870,912 bytes of headers")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("tar_type", "mode", "told"),
    [
        (tarfile.SYMTYPE, stat.S_IFLNK, "a link"),
        (tarfile.LNKTYPE, stat.S_IFLNK, "a link"),
        (tarfile.CHRTYPE, stat.S_IFCHR, "a device"),
        (tarfile.BLKTYPE, stat.S_IFBLK, "a device"),
        (tarfile.FIFOTYPE, stat.S_IFIFO, "a device"),
    ],
)
def test_links_and_devices_are_refused(pack, tmp_path, ending, tar_type, mode, told):
    """A link may stand for an image or for a folder of them, so that none is left out in silence; hidden ones are."""
    for name in ("a/2.png", "b"):
        members = {"a/1.png": b"x", name: b""}
        archive = pack(f"bad{ending}", members, tar_type=tar_type, zip_mode=mode | 0o777)
        assert told_of(archive, tmp_path, f"{name} is {told}; pack plain files and folders only")


def test_hidden_links_are_left(make_folder, pack, content, tmp_path):
    """What is hidden is not looked at, whatever it is."""
    root = make_folder({"a": 1, "b": 1})
    for ending in ENDINGS:
        members = {**content(root), ".git/link": b""}
        archive = pack(
            f"pets{ending}", members, tar_type=tarfile.SYMTYPE, zip_mode=stat.S_IFLNK | 0o777
        )
        assert len(load_dataset(archive, cache=tmp_path / "cache").images) == 2


def test_sparse_files_are_refused(tmp_path):
    """They may lead back and forth in a compressed file."""
    write_blocks(tmp_path / "bad.tar", header("a/1.png", size=512, type=b"S"), b"x" * 512)
    assert told_of(tmp_path / "bad.tar", tmp_path, "a/1.png is a sparse file; pack plain files")


@pytest.mark.parametrize("size", [-512, -513, -(2**40)])
def test_a_size_below_zero_is_damage(tmp_path, size):
    """It leads back to headers that have been read; an end to that must come."""
    for kind in (tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
        blocks = (header("a/0.png"), header("a/1.png", size=size, type=kind), header("a/2.png"))
        write_blocks(tmp_path / "bad.tar", *blocks)
        assert told_of(tmp_path / "bad.tar", tmp_path, "damaged")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_damaged_archive_is_told(tmp_path, ending):
    """What only is called an archive is one line, and so is an empty file."""
    for content in (b"PK but no archive", b"", b"\x1f\x8b\x08", b"x" * 5000):
        (tmp_path / f"bad{ending}").write_bytes(content)
        assert told_of(
            tmp_path / f"bad{ending}", tmp_path, f"damaged, encrypted or no {ending} file"
        )


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_truncated_archive_is_told(make_folder, pack, content, tmp_path, ending):
    """Wherever it ends, no image is lost in silence: also between two members of a .tar file."""
    members = content(make_folder({"a": 2, "b": 2}))
    whole = pack(f"whole{ending}", members).read_bytes()
    end = whole.rstrip(b"\0") if ending == ".tar" else whole  # of these the last images' padding
    cuts = {*range(0, len(whole), 512), *range(1, len(whole), 97), len(whole) - 1}
    needed = (len(end) + 511) // 512 * 512 + 512 if ending == ".tar" else len(whole)
    assert len(cuts) > 15
    for cut in cuts:
        if cut < needed:
            (tmp_path / f"bad{ending}").write_bytes(whole[:cut])
            assert told_of(tmp_path / f"bad{ending}", tmp_path, "damaged")


def test_a_broken_header_is_no_end(make_folder, pack, content, tmp_path):
    """`tarfile` stops at it and says nothing; the images behind it must not be lost."""
    archive = pack("bad.tar", content(make_folder({"a": 2, "b": 2})), tarfile.USTAR_FORMAT)
    data = bytearray(archive.read_bytes())
    with tarfile.open(archive) as whole:
        data[whole.getmembers()[2].offset] ^= 1
    archive.write_bytes(data)
    assert told_of(archive, tmp_path, "damaged, encrypted or no .tar file")


def test_an_encrypted_archive_is_told(pack, tmp_path):
    """It needs a password that nobody can give."""
    archive = pack("bad.zip", {"a/1.png": b"x"})
    data = bytearray(archive.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    archive.write_bytes(data)
    assert told_of(archive, tmp_path, "damaged, encrypted or no .zip file .*password")


@pytest.mark.parametrize("ending", ENDINGS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_is_more_than_one_line(make_folder, pack, content, tmp_path, ending, data):
    """Whatever is changed in an archive, it is read or refused, and nothing lands outside the cache."""
    root = tmp_path / "pets"
    if not root.is_dir():
        make_folder({"a": 2, "b": 2})
    whole = bytearray(pack(f"whole{ending}", content(root)).read_bytes())
    where = st.integers(0, len(whole) - 1)
    for place in data.draw(st.lists(where, min_size=1, max_size=8)):
        whole[place] = data.draw(st.sampled_from([0, 48, 49, 127, 255]))
    (tmp_path / f"bad{ending}").write_bytes(whole)
    try:
        load_dataset(tmp_path / f"bad{ending}", cache=tmp_path / "cache")
    except DataError as error:
        assert "\n" not in str(error)
    assert {path.name for path in tmp_path.iterdir()} <= {
        "cache", "pets", f"bad{ending}", f"whole{ending}",
    }  # fmt: skip


def told_of(archive: Path, tmp_path: Path, told: str) -> bool:
    """Return whether the archive is refused in one line that begins with its path, and nothing of it is unpacked."""
    with pytest.raises(DataError, match=told) as caught:
        load_dataset(archive, cache=tmp_path / "cache")
    left = [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.suffix != ".lock"]
    message = str(caught.value)
    return message.startswith(f"{archive}: ") and "\n" not in message and not left


def header(name: str, **fields) -> bytes:
    """Return one header of a .tar file, as it is written; no library would write some of them."""
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.GNU_FORMAT)


def write_blocks(archive: Path, *blocks: bytes) -> None:
    """Write a .tar file of blocks and an end."""
    archive.write_bytes(b"".join(blocks) + bytes(1024))
