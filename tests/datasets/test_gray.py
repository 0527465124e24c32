"""Gray of more than 8 bits: one scale for a data set, from its training images."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from transfertune.datasets import (
    OWN_RANGE,
    GrayRange,
    GrayScale,
    check_dataset,
    gray_scale,
    load_dataset,
)
from transfertune.datasets.images.decode import decode_bytes, open_bytes, rgb_of


def saved(values, kind="TIFF") -> bytes:
    """Return an image file of a row of values, 24 pixels high."""
    file = io.BytesIO()
    Image.fromarray(np.repeat(np.asarray(values)[None], 24, axis=0)).save(file, kind)
    return file.getvalue()


def scale_of(*rows, kind="TIFF") -> GrayScale:
    """Return the scale of some images."""
    return gray_scale(rgb_of(open_bytes(saved(row, kind)), 24).gray for row in rows)


def ramp(low, high, dtype):
    """Return 24 values from low to high."""
    return np.linspace(low, high, 24).astype(dtype)


@pytest.mark.parametrize(
    ("low", "high", "dtype", "black", "white"),
    [
        (0, 255, np.uint16, 0, 255),
        (0, 1023, np.uint16, 0, 1023),
        (0, 4095, np.uint16, 0, 4095),
        (3, 4090, np.uint16, 0, 4095),
        (0, 3000, np.uint16, 0, 3071),
        (0, 16383, np.uint16, 0, 16383),
        (1000, 1400, np.uint16, 992, 1407),
        (0, 32767, np.uint16, 0, 32767),
        (0, 32768, np.uint16, 0, 65535),
        (0, 65535, np.uint16, 0, 65535),
        (100, 60000, np.uint16, 0, 65535),
        (7, 7, np.uint16, 7, 7),
        (-1024, 3071, np.int32, -1024, 3071),
        (0, 10**9, np.int32, 0, 1006632959),
        (0, 1, np.float32, 0, 1),
        (0.01, 0.99, np.float32, 0, 1),
        (-1, 1, np.float32, -1, 1),
        (0, 1e-6, np.float32, 0, 1e-6),
        (-1e30, 1e30, np.float32, -1e30, 1e30),
        (2.5, 2.5, np.float32, 2.5, 2.5),
    ],
)
def test_the_scale_is_the_range_rounded_outwards(low, high, dtype, black, white):
    """8 to 15 bits keep their levels, most of 16 bits is all of them, and black is below every value."""
    ((_, found_black, found_white),) = scale_of(ramp(low, high, dtype)).ranges
    assert (found_black, found_white) == pytest.approx((black, white), rel=0.13)
    if dtype is not np.float32:
        assert (found_black, found_white) == (black, white)
    assert found_black <= np.dtype(dtype).type(low)
    assert np.dtype(dtype).type(high) <= found_white


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_bits_in_a_file_of_16_keep_all_levels(bits, kind):
    """Every gray value from black to white occurs, and equal values are equal in images of other ranges."""
    steps = np.arange(0, 2**bits, 2 ** (bits - 8), dtype=np.uint16)
    steps[-1] = 2**bits - 1
    dark = steps // 4
    scale = scale_of(steps, dark, kind=kind)
    file = io.BytesIO()
    Image.fromarray(np.repeat(steps[None], 256, axis=0)).save(file, kind)
    assert len(np.unique(decode_bytes(file.getvalue(), 256, gray=scale))) >= 255
    pixels = decode_bytes(saved(np.repeat(dark[-1:], 24), kind), 24, gray=scale)
    assert pixels[12, 12, 0] == round(int(dark[-1]) * 255 / (2**bits - 1))


def test_full_range_stays_as_it_was():
    """All 65,536 values of 16 bits give what a division by 257 gives."""
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    for scale in (OWN_RANGE, GrayScale((("uint16", 0, 65535),))):
        pixels = decode_bytes(file.getvalue(), 256, gray=scale)[..., 0]
        assert np.array_equal(pixels, np.rint(values / 257.0).astype(np.uint8))


def test_values_that_are_none_are_black_or_white():
    """NaN and infinities are left out of the range; they are black, white and black."""
    row = np.float32([math.nan, math.inf, -math.inf, 0, 1, 0.5] * 4)
    scale = scale_of(row)
    assert scale.ranges == (("float32", 0, 1),)
    file = io.BytesIO()
    Image.fromarray(np.repeat(row[None], 24, axis=0)).save(file, "TIFF")
    with np.errstate(all="raise"):
        pixels = decode_bytes(file.getvalue(), 24, gray=scale)
    assert pixels[3, :6, 0].tolist() == [0, 255, 0, 0, 255, 128]
    assert not decode_bytes(saved(np.full(24, math.nan, np.float32)), 24).any()


def test_each_kind_has_its_own_scale():
    """Floating-point numbers of 0 to 1 are not black beside 12 bits; 8 bits stay as they are."""
    scale = scale_of(ramp(0, 4095, np.uint16), ramp(0, 1, np.float32), ramp(0, 255, np.uint8))
    assert scale.as_dict() == {"uint16": (0, 4095), "float32": (0, 1)}
    assert GrayScale.from_dict(scale.as_dict()) == scale
    assert scale.words == "0 to 1 (floating-point) and 0 to 4095 (16-bit) become 0 to 255"
    for row in (ramp(0, 1, np.float32), ramp(0, 255, np.uint8), ramp(0, 4095, np.uint16)):
        assert decode_bytes(saved(row), 24, gray=scale)[0, -1, 0] == 255


@pytest.mark.parametrize(
    "values", [[], {"uint8": [0, 1]}, {"uint16": [1]}, {"int32": [2, 1]}, {"float32": [0, "inf"]}, {"int32": 3}]
)  # fmt: skip
def test_a_damaged_scale_is_refused(values):
    """A model may come from anyone."""
    with pytest.raises(ValueError, match=r"gray|black"):
        GrayScale.from_dict(values)


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535)), min_size=1))
def test_the_scale_holds_every_image_and_wastes_little(ends):
    """Whatever the ranges: all values lie within, and at least two thirds of the levels are used, or all 16 bits."""
    images = [GrayRange("uint16", min(pair), max(pair)) for pair in ends]
    ((_, black, white),) = gray_scale([*images, None]).ranges
    low, high = min(one.low for one in images), max(one.high for one in images)
    assert black <= low <= high <= white
    assert (
        (black, white) == (0, 65535)
        or (high - low + 1) * 1.5 >= white - black + 1
        or white - black < 16
    )


def test_the_check_says_the_scale(tmp_path):
    """Of all images that are not for the test; an image that the scale leaves few levels is named."""
    rng = np.random.default_rng(0)
    for split, top in (("train", 4095), ("test", 60000)):
        for name in "ab":
            (tmp_path / "set" / split / name).mkdir(parents=True)
            for number in range(4):
                values = rng.integers(0, top, (40, 40)).astype(np.uint16)
                Image.fromarray(values).save(tmp_path / "set" / split / name / f"{number}.png")
    dim = rng.integers(0, 200, (40, 40)).astype(np.uint16)
    Image.fromarray(dim).save(tmp_path / "set/train/a/dim.png")
    check = check_dataset(load_dataset(tmp_path / "set", cache=tmp_path), cache=tmp_path)
    assert check.gray_scale.as_dict() == {"uint16": (0, 4095)}
    assert check.as_dict()["gray_scale"] == {"uint16": (0, 4095)}
    (found,) = [one for one in check.findings if one.kind == "deep"]
    assert (
        "17 images of more than 8 bits of gray; 0 to 4095 (16-bit) becomes 0 to 255"
        in found.sentence
    )
    assert "fewer than 32 gray values to 1 image: train/a/dim.png" in found.sentence
    assert "blank" not in {one.kind for one in check.findings}
