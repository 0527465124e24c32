"""Weights: found by name in a folder, checked, and known by their values."""

from __future__ import annotations

import shutil

import pytest

from transfertune.search_spaces import BACKBONES
from transfertune.tuner.backbones.weights import missing_weights, weights_file
from transfertune.tuner.errors import SearchError


@pytest.fixture(scope="module")
def folder(tmp_path_factory, keras_ready):
    """A folder with one file of weights for the small backbone."""
    from transfertune.tuner.backbones.backbone import build_base

    folder = tmp_path_factory.mktemp("weights")
    network = build_base("drawn_net", 32, "none").network
    network.set_weights([w + 0.5 for w in network.get_weights()])
    network.save_weights(folder / "drawn_net_no_top.weights.h5")
    return folder


@pytest.mark.parametrize(
    "name", [row.name for row in BACKBONES.values() if row.weights_files and not row.shipped]
)
def test_a_file_is_found_under_either_name(tmp_path, name):
    """This project's name comes before Keras's; neither is one line that says both."""
    row = BACKBONES[name]
    with pytest.raises(SearchError, match=f"No weights for {name} in .*: looked for"):
        weights_file(row, tmp_path)
    for file in reversed(row.weights_files):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
        assert weights_file(row, tmp_path) == tmp_path / file


def test_what_is_missing_is_told_all_at_once(tmp_path):
    """One message for each backbone without a file; the project's own, and a network from scratch, never lack one."""
    messages = missing_weights(
        ["resnet50", "drawn_net", "plain_cnn", "mobilenet_v2"], str(tmp_path)
    )
    assert [message.split()[3] for message in messages] == ["resnet50", "mobilenet_v2"]


def test_weights_come_from_the_folder(folder):
    """The built network has the file's values, frozen."""
    from transfertune.tuner.backbones.backbone import build_base

    loaded, random = build_base("drawn_net", 32, folder), build_base("drawn_net", 32, "none")
    for ours, theirs in zip(
        loaded.network.get_weights(), random.network.get_weights(), strict=True
    ):
        assert ours == pytest.approx(theirs + 0.5)
    assert loaded.network.trainable_weights == []
    assert loaded.digest != random.digest


def test_the_digest_is_that_of_the_values(folder, tmp_path):
    """The same weights in another file, at another size, are the same; `none` is the same each time."""
    from transfertune.tuner.backbones.backbone import build_base

    shutil.copytree(folder, tmp_path / "copy")
    one, two = build_base("drawn_net", 32, folder), build_base("drawn_net", 64, tmp_path / "copy")
    assert one.digest == two.digest
    assert two.size == 64
    assert build_base("drawn_net", 32, "none").digest == build_base("drawn_net", 32, "none").digest


@pytest.mark.parametrize("content", [b"", b"no HDF5 at all", "other"])
def test_a_file_that_does_not_fit_is_one_line(folder, tmp_path, content):
    """Damaged files and files of another network name the file and the backbone."""
    from transfertune.tuner.backbones.backbone import build_base

    file = tmp_path / "mobilenet_v2_0.35_224_no_top.weights.h5"
    if content == "other":
        shutil.copy(folder / "drawn_net_no_top.weights.h5", file)
    else:
        file.write_bytes(content)
    with pytest.raises(
        SearchError, match="does not fit mobilenet_v2_035 without its top"
    ) as caught:
        build_base("mobilenet_v2_035", 32, tmp_path)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
