"""Small images for the page."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from transfertune.reports.page.thumbnails import SIDE, thumbnail


def _opened(address):
    kind, _, data = address.partition(",")
    assert kind == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK", "I;16", "1", "LA", "F"])
def test_every_kind_of_image_becomes_a_small_jpeg(tmp_path, mode):
    """Colour, palette, gray, 16-bit and transparent images all become small RGB JPEGs of the same shape."""
    name = "a.tif" if mode in ("CMYK", "F") else "a.png"
    if mode == "I;16":
        image = Image.fromarray(np.linspace(0, 60000, 400 * 200).reshape(200, 400).astype("u2"))
    else:
        image = Image.new(mode, (400, 200))
    image.save(tmp_path / name)
    made = _opened(thumbnail(tmp_path, name))
    assert (made.mode, made.size) == ("RGB", (SIDE, SIDE // 2))


def test_sixteen_bits_keep_their_range(tmp_path):
    """A 16-bit image is not cut off at white."""
    steps = np.linspace(0, 60000, 200 * 200).reshape(200, 200).astype("u2")
    Image.fromarray(steps).save(tmp_path / "a.png")
    assert 100 < np.asarray(_opened(thumbnail(tmp_path, "a.png"))).mean() < 155


def test_images_are_turned_as_their_exif_says(tmp_path):
    """An image taken on its side stands upright."""
    image = Image.new("RGB", (400, 200))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    assert _opened(thumbnail(tmp_path, "a.jpg")).size == (SIDE // 2, SIDE)


def test_missing_and_broken_images_are_none(tmp_path):
    """What is not there, is a folder or is no image gives None."""
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    (tmp_path / "text.jpg").write_text("no image")
    for name in ("gone.png", "broken.png", "text.jpg", ".", "a\0b"):
        assert thumbnail(tmp_path, name) is None
