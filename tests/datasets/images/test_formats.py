"""What a file is, by its content and its name; HEIC and AVIF are read where that is possible, and named elsewhere."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import DataError, check_dataset, decode, load_dataset
from transfertune.datasets.images import decode as decoding
from transfertune.datasets.images.formats import (
    READ,
    UNREAD,
    format_of,
    is_named_as_image,
    readable,
    unread_format,
)


@pytest.fixture
def without(monkeypatch):
    """Take a module away, as if it were not installed."""

    def take(module: str) -> None:
        monkeypatch.setitem(sys.modules, module, None)
        readable.cache_clear()
        decoding._openers.cache_clear()

    yield take
    monkeypatch.undo()
    readable.cache_clear()
    decoding._openers.cache_clear()


MODULES = {"HEIF": "pillow_heif", "AVIF": "PIL._avif"}


def ramp(path, form: str):
    """Write an image that is dark on the left and bright on the right, in one of the formats that need a module."""
    pytest.importorskip(MODULES[form])
    if form == "HEIF":
        decoding._openers()
    gray = np.tile(np.linspace(20, 230, 64, dtype=np.uint8)[None, :, None], (48, 1, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(gray).save(path, form, quality=95)
    return path


@pytest.mark.parametrize("form", MODULES)
def test_a_format_of_phones_is_read(form, tmp_path):
    """The pixels are those of the image, whatever the name."""
    pixels = decode(ramp(tmp_path / "x.jpg", form), 32).astype(int)
    assert pixels[:, 0].max() < 90 < 160 < pixels[:, -1].min()


@pytest.mark.parametrize("form", MODULES)
def test_a_format_of_phones_is_named_where_it_cannot_be_read(form, tmp_path, without):
    """The line says which package reads it."""
    place = ramp(tmp_path / "x.jpg", form)
    without(MODULES[form])
    with pytest.raises(
        DataError, match={"HEIF": "HEIC, .* pillow-heif", "AVIF": "AVIF, .* pillow"}[form]
    ):
        decode(place, 32)


def test_a_data_set_of_both(tmp_path):
    """They are listed, counted and not called misnamed."""
    for name, form in (
        ("a/1.heic", "HEIF"),
        ("a/2.HIF", "HEIF"),
        ("b/1.avif", "AVIF"),
        ("b/2", "AVIF"),
    ):
        ramp(tmp_path / "pets" / name, form)
    cache = tmp_path / "cache"
    check = check_dataset(load_dataset(tmp_path / "pets", cache=cache), cache=cache)
    assert check.formats == {"HEIF": 2, "AVIF": 2}
    assert "misnamed" not in {finding.kind for finding in check.findings}


@pytest.mark.parametrize("suffix", [one for suffixes in READ.values() for one in suffixes])
@pytest.mark.parametrize("more", ["", "?v=1.5", "_1088Wx1632H", "_640x480", ":large"])
def test_names_of_images(suffix, more):
    """In any case, and with what servers add; a word or another ending behind makes it another file."""
    assert is_named_as_image(f"my.cat{suffix}{more}")
    assert is_named_as_image(f"cat{suffix.upper()}{more}")
    assert not is_named_as_image(f"cat{suffix}x")
    for other in (".txt", "_meta.json", "-mask.txt", "~", "_640x480.txt", ":"):
        assert not is_named_as_image(f"cat{suffix}{other}")
    assert not is_named_as_image(f"cat{suffix[1:]}")


def test_formats_by_their_first_bytes():
    """A box of another brand is another file, and endings decide among formats that look like TIFF."""
    assert format_of(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf") == "AVIF"
    assert format_of(b"\0\0\0\x1cftypmif1\0\0\0\0mif1miaf") == "HEIF"
    assert format_of(b"\0\0\0\x18ftypcrx \0\0\0\0") == "a camera's raw file"
    assert format_of(b"\0\0\0\x18ftypisom\0\0\0\0avif") == ""
    assert format_of(b"RIFF\0\0\0\0WAVE") == format_of(b"") == ""
    assert unread_format("x.NEF", b"II*\0") == "a camera's raw file"
    assert unread_format("x.tif", b"II*\0") == ""
    assert unread_format("x.nef", b"\xff\xd8\xff") == ""
    assert unread_format("x.nii.gz", b"\x1f\x8b") == ""
    assert not {end for ends in UNREAD.values() for end in ends} & {
        end for ends in READ.values() for end in ends
    }
