"""Images elsewhere: a real S3 server and a real web server on this machine."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from transfertune.datasets import DataError, load_dataset
from transfertune.datasets.sources.archive_formats import FORMATS

pytest.importorskip("s3fs")
moto_server = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def server():
    """An S3-compatible server with one bucket; gives its address."""
    running = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    """An empty bucket that boto3 and s3fs reach through the environment."""
    import boto3
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    made = boto3.resource("s3").Bucket("pets")
    made.create()
    yield made
    made.objects.all().delete()
    made.delete()


def upload(bucket, root: Path, prefix: str = "") -> None:
    """Put a folder's files into a bucket."""
    for path in sorted(root.rglob("*")):
        if path.is_file():
            bucket.upload_file(str(path), prefix + path.relative_to(root).as_posix())


def names(dataset) -> list[str]:
    """Return the class and file of every image."""
    return [f"{p.path.parent.name}/{p.path.name}" for p in dataset.images]


def test_a_bucket_is_a_folder_and_only_what_changed_is_copied(
    bucket, make_folder, draw, tmp_path, monkeypatch
):
    """Splits, classes and bytes arrive; then one new, one changed and one gone file are followed."""
    root = make_folder({"train/a": 3, "train/b": 3, "test/a": 2, "test/b": 2})
    upload(bucket, root, "some/where/")
    cache = tmp_path / "cache"
    told = []
    first = load_dataset("s3://pets/some/where", cache=cache, progress=lambda *p: told.append(p))
    assert first.digest == load_dataset(root, cache=cache).digest
    assert first.name == "where"
    assert ("copying s3://pets/some/where", 10, 10) in told
    draw(root / "train/a/new.png")
    draw(root / "train/a/001.png", (20, 20))
    (root / "test/b/000.png").unlink()
    bucket.objects.filter(Prefix="some/where/test/b/000.png").delete()
    upload(bucket, root / "train", "some/where/train/")
    kept = {p.path: p.path.stat().st_mtime_ns for p in first.images if p.split == "test"}
    again = load_dataset("s3://pets/some/where/", cache=tmp_path / "cache2")
    changed = load_dataset("s3://pets/some/where", cache=cache)
    assert changed.digest == again.digest == load_dataset(root, cache=cache).digest
    still = [path for path in kept if path.exists()]
    assert len(still) == 3
    assert all(path.stat().st_mtime_ns == kept[path] for path in still)


def test_a_copy_serves_without_a_network(bucket, make_folder, tmp_path, monkeypatch):
    """When the store is out of reach, a complete copy is used and said to be one; without one it is an error."""
    import s3fs

    upload(bucket, make_folder({"a": 3, "b": 3}))
    there = load_dataset("s3://pets", cache=tmp_path / "cache")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    copy = load_dataset("s3://pets", cache=tmp_path / "cache")
    assert copy.digest == there.digest
    assert "the copy in the cache is used" in copy.notes[-1]
    with pytest.raises(DataError, match="s3://pets: cannot be reached"):
        load_dataset("s3://pets", cache=tmp_path / "other")
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_manifest_in_a_bucket(bucket, make_folder, tmp_path):
    """A manifest and the images it lists are copied, others are not."""
    root = make_folder({"x": 4, "y": 4})
    rows = [f"{c}/00{n}.png,{c},{'train' if n else 'test'}" for c in "xy" for n in range(3)]
    (root / "all.csv").write_text("\n".join(["path,label,split", *rows]))
    upload(bucket, root, "m/")
    dataset = load_dataset("s3://pets/m/all.csv", cache=tmp_path / "cache")
    assert names(dataset) == [f"{c}/00{n}.png" for c in "xy" for n in range(3)]
    assert [p.split for p in dataset.images[:2]] == ["test", "train"]


def test_nothing_in_a_bucket_is_told(bucket, tmp_path):
    """An empty address and a bucket that is not there are one line each."""
    with pytest.raises(DataError, match="s3://pets/no: no such file or folder; check the address"):
        load_dataset("s3://pets/no", cache=tmp_path / "cache")


def test_a_web_server_gives_archives_manifests_and_folders(
    serve, make_folder, pack, content, tmp_path
):
    """Each of them over HTTP is the same images, with the name that the file has here; a copy is enough later."""
    root = make_folder({"train/a": 3, "train/b": 3, "test/a": 1, "test/b": 1})
    archives = [pack(f"pets{ending}", content(root, "pets/")) for ending in FORMATS]
    rows = [f"pets/{path},{path.split('/')[1]},{path.split('/')[0]}" for path in content(root)]
    (tmp_path / "pets.csv").write_text("\n".join(["path,label,split", *rows]))
    address = serve(tmp_path)
    expected = load_dataset(root, cache=tmp_path / "cache").digest
    places = [*(archive.name for archive in archives), "pets.csv", "pets.zip?key=1", "pets/"]
    for place in places:
        found = load_dataset(f"{address}/{place}", cache=tmp_path / "cache")
        assert (place, found.name, found.digest) == (place, "pets", expected)
    for ending in FORMATS:
        with pytest.raises(
            DataError, match=rf"none\{ending}: no such file or folder; check the address"
        ):
            load_dataset(f"{address}/none{ending}", cache=tmp_path / "cache")
    serve.stop()
    for place in places:
        copy = load_dataset(f"{address}/{place}", cache=tmp_path / "cache")
        assert (place, copy.digest) == (place, expected)
        assert "the copy in the cache is used" in copy.notes[-1]


@pytest.mark.parametrize("ending", FORMATS)
def test_an_archive_in_a_bucket(bucket, make_folder, pack, content, tmp_path, ending):
    """By its ending, and by the format before its address; a damaged one and a bomb are told with the address."""
    root = make_folder({"a": 2, "b": 2})
    archive = pack(f"pets{ending}", content(root, "pets/"))
    bucket.upload_file(str(archive), f"up/pets{ending}")
    bucket.upload_file(str(archive), "up/pets")
    bucket.put_object(Key=f"up/bad{ending}", Body=b"no archive")
    expected = load_dataset(root, cache=tmp_path / "cache").digest
    form = ending[1:]
    for source in (
        f"s3://pets/up/pets{ending}",
        f"{form}://::s3://pets/up/pets{ending}",
        f"{form}://::s3://pets/up/pets",
        f"{form}://pets::s3://pets/up/pets",
    ):
        found = load_dataset(source, cache=tmp_path / "cache")
        assert (source, found.name, found.digest) == (source, "pets", expected)
    with pytest.raises(
        DataError, match=rf"^s3://pets/up/bad{ending}: damaged, encrypted or no {ending} file"
    ):
        load_dataset(f"{form}://::s3://pets/up/bad{ending}", cache=tmp_path / "cache")


def test_what_is_wrong_with_a_copy_is_said_of_its_address(bucket, make_folder, tmp_path):
    """Nobody knows the folder in the cache."""
    upload(bucket, make_folder({"x/train/a": 2, "y/train/a": 2}, name="up"))
    with pytest.raises(
        DataError,
        match=r"^s3://pets: its folders are data sets .* give one of them, such as s3://pets/x$",
    ):
        load_dataset("s3://pets", cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("abfs://box/pets", "needs a package that is not installed; pip install adlfs"),
        ("nowhere://box/pets", "this address cannot be read"),
    ],
)
def test_what_is_missing_is_named(source, told, tmp_path):
    """A package that is not installed is one line that names it."""
    with pytest.raises(DataError, match=told):
        load_dataset(source, cache=tmp_path / "cache")


def test_a_sample_of_each_class(make_folder, tmp_path):
    """The seed chooses, all splits are sampled, and the sample is noted."""
    root = make_folder({"train/a": 9, "train/b": 4, "test/a": 6, "test/b": 7})
    load = functools.partial(load_dataset, root, cache=tmp_path / "cache", per_class=5)
    one, same, other = load(seed=1), load(seed=1), load(seed=2)
    assert [p.split for p in one.images].count("test") == 10
    assert len(one.images) == 19
    assert one.digest == same.digest != other.digest
    assert one.notes == ("A sample: 19 of 26 images, at most 5 of each class and split.",)
    with pytest.raises(DataError, match="per_class must be a whole number from 1, but got 0"):
        load_dataset(root, cache=tmp_path / "cache", per_class=0)
