"""JPEG files without their end: used where nothing but the marker is missing."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import DataError, check_dataset, load_dataset
from transfertune.datasets.images.decode import decode_bytes

KINDS = {
    "baseline": {},
    "fine": {"quality": 100, "subsampling": 0},
    "optimized": {"optimize": True},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "many restarts": {"restart_marker_blocks": 1},
}


def jpeg(mode="RGB", **options) -> bytes:
    """Return a file that ends in its marker."""
    pixels = np.random.default_rng(3).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize((72, 56)).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_end_marker_changes_nothing(kind, mode):
    """Without one or both of its bytes the pixels are the same to the bit, at full and at reduced size."""
    data = jpeg(mode, **KINDS[kind])
    for size in (8, 64):
        whole = decode_bytes(data, size)
        for cut in (1, 2):
            assert np.array_equal(decode_bytes(data[:-cut], size), whole)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_short_stays_out(kind):
    """However little of the pixels is missing; what is used is whole."""
    data = jpeg(**KINDS[kind])
    whole, used = decode_bytes(data, 64), []
    for cut in [*range(3, 40), *range(40, len(data), 29)]:
        try:
            pixels = decode_bytes(data[:-cut], 64)
        except DataError as error:
            assert "\n" not in str(error)
            continue
        used.append(cut)
        assert np.array_equal(pixels, whole)
    assert used == []


def test_the_check_tells_the_files(make_folder, tmp_path):
    """A notice names the file that lacks its marker, and the one that is cut short is left out as before."""
    root = make_folder({"a": 3, "b": 3})
    (root / "a/open.jpg").write_bytes(jpeg()[:-2])
    (root / "a/cut.jpg").write_bytes(jpeg(quality=30)[:-40])
    for _ in range(2):
        dataset = load_dataset(root, cache=tmp_path / "cache")
        assert [dataset.relative(one.path) for one in dataset.unreadable] == ["a/cut.jpg"]
        found = {one.kind: one for one in check_dataset(dataset, cache=tmp_path / "cache").findings}
        assert found["unended"].severity == "notice"
        assert found["unended"].images == (("a/open.jpg",),)
