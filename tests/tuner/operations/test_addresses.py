"""Images at addresses, for predictions and explanations: a real web server and a store in memory."""

from __future__ import annotations

import shutil

import fsspec
import numpy as np
import pytest

from transfertune.tuner import explain, export_best, predict
from transfertune.tuner.errors import SearchError
from transfertune.tuner.events import DataRead, Progress

pytest.importorskip("aiohttp")


@pytest.fixture(scope="module")
def model(finished, tmp_path_factory):
    """The finished study's model, exported."""
    return export_best(finished, tmp_path_factory.mktemp("out") / "shapes.keras").files[0]


@pytest.fixture
def copies(tmp_path):
    """An empty cache, which takes the copies."""
    return tmp_path / "copies"


def test_a_folder_and_single_images_on_a_web_server(model, images, serve, copies):
    """The same probabilities as from here, under their addresses; copies serve when the server is gone."""
    address = serve(images)
    here = predict(model, [images / "red"])
    heard = []
    there = predict(model, [f"{address}/red/"], cache=copies, on_event=heard.append)
    np.testing.assert_array_equal(there.probabilities, here.probabilities)
    assert there.paths == tuple(f"{address}/red/{path.name}" for path in here.paths)
    assert Progress(f"copying {address}/red/", 12, 12) in heard
    single = [f"{address}/red/{n:02d}.png" for n in (3, 0)] + [f"{address}/blue/00.png?key=1"]
    found = predict(model, single, cache=copies, on_event=heard.append)
    assert found.paths == tuple(single)
    np.testing.assert_array_equal(found.probabilities[:2], here.probabilities[[3, 0]])
    assert Progress("copying images", 3, 3) in heard
    serve.stop()
    again = predict(model, single, cache=copies, on_event=heard.append)
    np.testing.assert_array_equal(again.probabilities, found.probabilities)
    assert isinstance(heard[-1], DataRead)
    assert "the copy in the cache is used" in heard[-1].notes[0]


def test_a_store_is_read_through_fsspec(model, images, copies):
    """Files here and in a store together; those of the store come last, with folders inside folders."""
    store = fsspec.filesystem("memory")
    store.put(str(images / "red"), "/pets/some/red", recursive=True)
    try:
        found = predict(model, ["memory://pets/some", images / "blue" / "00.png"], cache=copies)
    finally:
        store.rm("/pets", recursive=True)
    assert found.paths[0] == images / "blue" / "00.png"
    assert found.paths[1:] == tuple(f"memory://pets/some/red/{n:02d}.png" for n in range(12))


def test_a_changed_image_is_copied_again(model, images, tmp_path, copies):
    """What lies at the address now is classified, not the earlier copy."""
    shutil.copy(images / "red" / "00.png", tmp_path / "now.png")
    address = (tmp_path / "now.png").as_uri()
    before = predict(model, [address], cache=copies)
    shutil.copy(images / "blue" / "00.png", tmp_path / "now.png")
    after = predict(model, [address], cache=copies)
    blue = predict(model, [images / "blue" / "00.png"])
    np.testing.assert_array_equal(after.probabilities, blue.probabilities)
    assert not np.array_equal(before.probabilities, after.probabilities)


def test_what_cannot_be_read_is_told_by_its_address(model, images, serve, tmp_path, copies):
    """One address that is wrong is one line; one of several is left out, and nobody sees the folder of the copies."""
    shutil.copytree(images / "red", tmp_path / "red")
    (tmp_path / "broken.png").write_bytes(b"nothing")
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "notes.txt").write_text("no image")
    address = serve(tmp_path)
    cases = {
        f"{address}/none.png": "none.png: no such file or folder; check the address",
        f"{address}/page/": "page/: no image is there; an image's name ends in that of a format",
        f"{address}/broken.png": f"{address}/broken.png: not an image",
        f"{address}/a.zip": "a.zip: a .zip file; give the address of an image or a folder",
        "http://127.0.0.1:9/a.png": "http://127.0.0.1:9/a.png: cannot be reached",
        "nowhere://box/a.png": "this address cannot be read",
    }
    for source, says in cases.items():
        with pytest.raises(SearchError, match="No image can be read") as caught:
            predict(model, [source], cache=copies)
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)
        assert str(copies) not in str(caught.value)
    found = predict(model, [*cases, f"{address}/red"], cache=copies)
    assert len(found.paths) == 12
    assert [name for name, _ in found.unreadable] == [
        name for name in cases if "broken" not in name
    ] + [f"{address}/broken.png"]


def test_explanations_of_images_at_addresses(model, images, serve, copies, tmp_path):
    """The overlay is the one of the same file here, with its name."""
    here, _ = explain(model, [images / "red" / "00.png"], tmp_path / "here")
    address = f"{serve(images)}/red/00.png"
    there, left_out = explain(model, [address], tmp_path / "there", cache=copies)
    assert left_out == []
    assert (there[0].path, there[0].overlay.name) == (address, "0001_00.jpg")
    assert there[0].overlay.read_bytes() == here[0].overlay.read_bytes()
