"""Named sets: the table, the drawn set, and the two downloads from archives of their layout."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import tarfile
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import (
    DRAWN_CLASSES,
    NAMED,
    DataError,
    decode,
    load_dataset,
    split_dataset,
)
from transfertune.datasets.sources import named_sets
from transfertune.datasets.sources.downloads.cifar10 import CLASSES
from transfertune.datasets.sources.downloads.download import Archive
from transfertune.datasets.sources.downloads.food101 import TEN_CLASSES


def image_bytes(seed, kind="JPEG"):
    """Return a small image of random colours as a file's bytes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (16, 20, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format=kind)
    return file.getvalue()


def write_archive(path, members):
    """Write a .tar.gz of {name: bytes}."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def food_members(per_class=6, others=("ramen",)):
    """Return the layout of Food-101: images by class, and lists of two thirds and one third."""
    members, lists = {}, {"train": [], "test": []}
    for place, name in enumerate((*TEN_CLASSES, *others)):
        for number in range(per_class):
            lists["train" if number % 3 else "test"].append(f"{name}/{number}")
            content = image_bytes(place * per_class + number)
            members[f"food-101/images/{name}/{number}.jpg"] = content
    for split, names in lists.items():
        members[f"food-101/meta/{split}.txt"] = "\n".join(names).encode()
    members["food-101/README.txt"] = b"read me"
    return members


def cifar_members(per_batch=20):
    """Return the layout of the binary CIFAR-10, with few records a batch."""
    rng = np.random.default_rng(0)
    members = {"cifar-10-batches-bin/batches.meta.txt": b"airplane\n"}
    for batch in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        records = rng.integers(0, 256, (per_batch, 3073), dtype=np.uint8)
        records[:, 0] = np.arange(per_batch) % 10
        members[f"cifar-10-batches-bin/{batch}.bin"] = records.tobytes()
    return members


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Serve an archive on loopback and let a name of the table come from there."""
    folder = tmp_path / "web"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def serve(name: str, members: dict[str, bytes]) -> Archive:
            file = NAMED[name].archive.name
            write_archive(folder / file, members)
            sum_ = hashlib.md5((folder / file).read_bytes()).hexdigest()  # noqa: S324 - as published
            archive = Archive(f"http://127.0.0.1:{running.server_port}/{file}", sum_)
            monkeypatch.setitem(NAMED, name, replace(NAMED[name], archive=archive))
            return archive

        yield serve
        running.shutdown()
        thread.join()


def counts(dataset):
    """Return how many images each class and split has."""
    return Counter((dataset.classes[p.label], p.split) for p in dataset.images)


def test_the_table_is_sorted_and_whole():
    """Every row says what it is, where it is from, and what its archive is."""
    assert list(NAMED) == sorted(NAMED)
    assert set(NAMED) >= {"cifar10", "cifar10_10000", "cifar10_small", "drawn", "food101"}
    assert set(NAMED) >= {"food10", "food10_small"}
    for row in NAMED.values():
        assert row.title
        assert row.source
        assert row.archive is None or len(row.archive.md5) == 32


def test_drawn_is_the_same_everywhere(tmp_path):
    """Six classes of 30 and 20 images; two caches hold the same; nothing is drawn twice."""
    first = load_dataset("drawn", cache=tmp_path / "one")
    assert first.name == "drawn"
    assert first.classes == DRAWN_CLASSES
    assert set(counts(first).values()) == {30, 20}
    assert first.notes == ()
    split = split_dataset(first, seed=0)
    assert [len(split.train), len(split.validation), len(split.test)] == [144, 36, 120]
    before = first.images[0].path.stat().st_mtime_ns
    heard = []
    again = load_dataset("drawn", cache=tmp_path / "one", progress=lambda *s: heard.append(s[0]))
    assert again.images[0].path.stat().st_mtime_ns == before
    assert set(heard) == {"reading images"}
    assert load_dataset("drawn", cache=tmp_path / "two", seed=7).digest == first.digest


def test_a_folder_of_the_same_name_is_reached_by_its_path(make_folder, monkeypatch, tmp_path):
    """The name means the set, which is noted; a path means the folder."""
    folder = make_folder({"a": 1, "b": 1}, name="drawn")
    monkeypatch.chdir(folder.parent)
    dataset = load_dataset("drawn", cache=tmp_path / "cache")
    assert dataset.notes == ("drawn is the named set; the folder of that name here is ./drawn.",)
    for source in ("./drawn", Path("drawn"), folder):
        assert load_dataset(source, cache=tmp_path / "cache").classes == ("a", "b")


def test_food101_keeps_its_official_split(publish, tmp_path):
    """Every class is there, divided as the archive's lists say, byte for byte."""
    members = food_members()
    publish("food101", members)
    dataset = load_dataset("food101", cache=tmp_path / "cache")
    assert dataset.classes == tuple(sorted((*TEN_CLASSES, "ramen")))
    assert counts(dataset)["ramen", "train"] == 4
    assert counts(dataset)["ramen", "test"] == 2
    assert set(counts(dataset).values()) == {4, 2}
    one = tmp_path / "cache/datasets/food101/train/ramen/1.jpg"
    assert one.read_bytes() == members["food-101/images/ramen/1.jpg"]


def test_food10_small_is_a_seeded_sample_of_ten_classes(publish, tmp_path, monkeypatch):
    """The seed chooses the sample; the same archive serves every seed."""
    publish("food10_small", food_members(per_class=9))
    row = replace(NAMED["food10_small"], sample={"train": 3, "test": 2})
    monkeypatch.setitem(NAMED, "food10_small", row)
    heard = []
    samples = [
        load_dataset("food10_small", cache=tmp_path, seed=seed, progress=lambda *s: heard.append(s))
        for seed in (0, 0, 1)
    ]
    assert samples[0].classes == TEN_CLASSES
    assert set(counts(samples[0]).values()) == {3, 2}
    assert samples[0].digest == samples[1].digest != samples[2].digest
    assert sum(stage == "unpacking Food-101" for stage, _, _ in heard) == 90
    ended = [stage for stage, done, total in heard if done == total]
    assert ended.count("downloading food-101.tar.gz") == 1


def test_cifar10_pixels_are_those_of_the_records(publish, tmp_path):
    """Planes become pixels: red first, rows from the top; names and splits are right."""
    members = cifar_members()
    publish("cifar10", members)
    dataset = load_dataset("cifar10", cache=tmp_path)
    assert dataset.classes == CLASSES
    assert set(counts(dataset).values()) == {10, 2}
    record = np.frombuffer(members["cifar-10-batches-bin/data_batch_3.bin"], np.uint8)[:3073]
    one = decode(tmp_path / "datasets/cifar10/train/airplane/data_batch_3_00000.png", 32)
    assert np.array_equal(one[..., 0].ravel(), record[1:1025])
    assert np.array_equal(one[..., 2].ravel(), record[2049:])


def test_cifar10_small_samples_the_same_folder(publish, tmp_path, monkeypatch):
    """The small set needs no second copy of the images."""
    publish("cifar10", cifar_members())
    load_dataset("cifar10", cache=tmp_path)
    row = replace(NAMED["cifar10_small"], sample={"train": 4, "test": 1})
    monkeypatch.setitem(NAMED, "cifar10_small", row)
    dataset = load_dataset("cifar10_small", cache=tmp_path, seed=3)
    assert set(counts(dataset).values()) == {4, 1}
    assert dataset.name == "cifar10_small"


def food_without(*names):
    """Return the Food-101 layout without some of its members."""
    return {name: content for name, content in food_members().items() if name not in names}


@pytest.mark.parametrize(
    ("name", "members", "message"),
    [
        ("food101", food_without("food-101/meta/test.txt"), r"no images listed in .*test\.txt"),
        ("food101", food_without("food-101/images/ramen/1.jpg"), "lists ramen/1.jpg, which is not"),
        ("food101", {"other/file": b"x"}, "no images listed"),
        ("cifar10", {"other/file": b"x"}, "no CIFAR-10 batches"),
        ("cifar10", {"cifar-10-batches-bin/test_batch.bin": b"x"}, "records of 3073 bytes"),
        ("cifar10", {"cifar-10-batches-bin/test_batch.bin": b"\x0b" * 3073}, "the label 11"),
    ],
)
def test_archives_of_another_layout_are_refused(publish, tmp_path, name, members, message):
    """One line says what is missing, and no half-filled folder stays."""
    publish(name, members)
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(name, cache=tmp_path / "cache")
    assert "\n" not in str(caught.value)
    left = [path.name for path in (tmp_path / "cache/datasets").iterdir()]
    assert sorted(left) == [f".{name}.lock", "downloads"]


@pytest.mark.parametrize("name", ["food101", "cifar10"])
def test_a_file_that_is_no_archive_is_refused(name, publish, tmp_path):
    """Bytes that are not a gzip archive are told, not traced."""
    archive = publish(name, {})
    path = tmp_path / "broken.tar.gz"
    path.write_bytes(b"<html>Not found</html>")
    assert archive.name == NAMED[name].archive.name
    with pytest.raises(DataError, match="damaged archive"):
        NAMED[name].fill(path, tmp_path / "folder")
    write_archive(path, food_members() if name == "food101" else cifar_members())
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DataError, match="damaged archive"):
        NAMED[name].fill(path, tmp_path / "other folder")


def test_an_archive_cannot_write_elsewhere(publish, tmp_path):
    """Members that point outside, links and devices are passed over."""
    members = food_members() | {
        "../evil.jpg": b"x",
        "/tmp/evil.jpg": b"x",  # noqa: S108 - that is the attack
        "food-101/images/../../../evil.jpg": b"x",
        "food-101/images/../evil/1.jpg": b"x",
    }
    members["food-101/meta/train.txt"] += b"\n../../evil/1\n/etc/passwd\n"
    publish("food101", members)
    dataset = load_dataset("food101", cache=tmp_path / "cache")
    assert len(dataset.images) == 66
    assert not list(tmp_path.rglob("*evil*"))


def test_links_in_an_archive_are_not_made(tmp_path):
    """A link in the place of an image is no image."""
    path = tmp_path / "food.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("food-101/images/ramen/0.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for split in ("train", "test"):
            member = tarfile.TarInfo(f"food-101/meta/{split}.txt")
            member.size = 7
            archive.addfile(member, io.BytesIO(b"ramen/0"))
    with pytest.raises(DataError, match="which is not there"):
        NAMED["food101"].fill(path, tmp_path)


def test_what_a_killed_process_left_is_cleared(tmp_path):
    """A half-filled folder is not taken for the set, and goes."""
    left = tmp_path / f"datasets/.{NAMED['drawn'].folder}.part/train/circle"
    left.mkdir(parents=True)
    (left / "old.png").touch()
    assert len(load_dataset("drawn", cache=tmp_path).images) == 300
    assert not left.exists()


def test_a_failure_while_filling_leaves_nothing(tmp_path, monkeypatch):
    """Even an interrupt removes the unfinished folder."""

    def interrupt(stage: str, done: int, total: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        named_sets.list_named("drawn", cache=tmp_path, progress=interrupt)
    assert not [path for path in (tmp_path / "datasets").iterdir() if path.is_dir()]


def test_a_cache_that_cannot_be_written_is_told(tmp_path):
    """A file where the cache should be is one line."""
    (tmp_path / "cache").touch()
    with pytest.raises(DataError, match=r"drawn: cannot be prepared in .*cache/datasets"):
        load_dataset("drawn", cache=tmp_path / "cache")
