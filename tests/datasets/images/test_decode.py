"""Every kind of image becomes upright RGB, and every kind of file that is none is refused."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from transfertune.datasets import MAX_PIXELS, RESIZES, DataError, decode, decode_all
from transfertune.datasets.images.decode import decode_bytes

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255,) * 3, (0,) * 3


def quarters(width=40, height=40):
    """Return an image with red, green, blue and black quarters, reading order."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    return Image.fromarray(pixels)


def saved(image, **options):
    """Return the bytes of the image as a file."""
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def corners(pixels):
    """Return the colours at the four corners, reading order."""
    return [tuple(pixels[y, x].tolist()) for y in (1, -2) for x in (1, -2)]


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 40), st.sampled_from(RESIZES))
@settings(deadline=None)
def test_any_shape_becomes_a_square_of_its_colour(width, height, size, resize):
    """Whatever the aspect ratio, the result is square and a plain image stays plain."""
    pixels = decode_bytes(saved(Image.new("RGB", (width, height), RED), format="PNG"), size, resize)
    assert pixels.shape == (size, size, 3)
    assert pixels.dtype == np.uint8
    colours = set(map(tuple, pixels.reshape(-1, 3).tolist()))
    assert colours <= ({RED, BLACK} if resize == "pad" else {RED})
    assert RED in colours


def test_crop_keeps_the_centre_and_the_aspect_ratio():
    """Of a wide image the middle square stays: its outer thirds are gone."""
    pixels = np.zeros((20, 60, 3), dtype=np.uint8)
    pixels[:, 20:40] = GREEN
    cropped = decode_bytes(saved(Image.fromarray(pixels), format="PNG"), 20, "crop")
    assert np.array_equal(cropped, np.broadcast_to(np.uint8(GREEN), (20, 20, 3)))


@pytest.mark.parametrize("shape", [(20, 60), (60, 20)])
def test_pad_keeps_everything_between_black_bars(shape):
    """Both bars are black and equally wide; the whole image lies between."""
    white = Image.fromarray(np.full((*shape, 3), 255, dtype=np.uint8))
    padded = decode_bytes(saved(white, format="PNG"), 60, "pad")
    padded = padded if shape[0] < shape[1] else padded.transpose(1, 0, 2)
    assert not padded[:20].any()
    assert (padded[20:40] == 255).all()
    assert not padded[40:].any()


def test_stretch_fills_the_square_with_everything():
    """All four quarters of a wide image are there."""
    stretched = decode_bytes(saved(quarters(80, 20), format="PNG"), 20, "stretch")
    assert corners(stretched) == [RED, GREEN, BLUE, BLACK]


def test_shrinking_is_antialiased():
    """A fine chequerboard becomes gray, not a pattern of aliases."""
    board = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    small = decode_bytes(saved(Image.fromarray(board), format="PNG"), 32)
    assert np.abs(small.astype(int) - 127).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_undone(orientation, kind):
    """All eight ways to hold a camera give the same upright image."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = quarters(80, 40)
    if orientation in undo:
        held = held.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = decode_bytes(saved(held, format=kind, exif=exif), 40, "stretch")
    expected = [RED, GREEN, BLUE, BLACK]
    assert np.abs(np.array(corners(upright)) - np.array(expected)).max() < 40


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_is_ignored():
    """EXIF that cannot be read says nothing about good pixels."""
    data = saved(quarters(), format="JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    assert decode_bytes(data, 8).shape == (8, 8, 3)


def test_sixteen_bit_gray_keeps_its_range():
    """0, half and full of 16 bits are 0, half and full of 8, as PNG and as TIFF."""
    gray = np.repeat(np.uint16([0, 32896, 65535]), 8)[None, :].repeat(24, axis=0)
    for kind in ("PNG", "TIFF"):
        pixels = decode_bytes(saved(Image.fromarray(gray), format=kind), 24)
        assert pixels[12, [2, 12, 22]].tolist() == [[0] * 3, [128] * 3, [255] * 3]


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_gray_of_no_stated_range_is_stretched(kind):
    """32-bit numbers run from black, the smallest, to white, the largest."""
    gray = np.repeat(np.array([-5, 0, 5], dtype=kind), 8)[None, :].repeat(24, axis=0)
    pixels = decode_bytes(saved(Image.fromarray(gray), format="TIFF"), 24)
    assert pixels[12, [2, 12, 22]].tolist() == [[0] * 3, [128] * 3, [255] * 3]
    flat = Image.fromarray(np.full((9, 9), 7, dtype=kind))
    assert not decode_bytes(saved(flat, format="TIFF"), 4).any()


@pytest.mark.parametrize("mode", ["1", "CMYK", "L", "LA", "P", "RGB", "RGBA", "YCbCr"])
def test_modes_become_rgb(mode):
    """The same image in black and white comes out of every kind of pixels."""
    image = Image.fromarray(np.repeat(np.uint8([0, 255]), 20)[None, :].repeat(40, axis=0))
    converted = image.convert("L").convert("RGBA").convert(mode)
    kind = {"CMYK": "TIFF", "YCbCr": "JPEG"}.get(mode, "PNG")
    pixels = decode_bytes(saved(converted, format=kind), 40)
    assert corners(pixels) == [BLACK, WHITE, BLACK, WHITE]


def test_cmyk_jpeg_is_not_a_negative():
    """The inverted CMYK that JPEG files hold comes out as red."""
    red = Image.new("RGB", (40, 40), RED).convert("CMYK")
    colour = decode_bytes(saved(red, format="JPEG"), 8)[4, 4].astype(int)
    assert np.abs(colour - RED).max() < 10


def test_transparency_is_laid_on_white():
    """Half transparent black is gray, fully transparent is white: RGBA, palette, and gray."""
    half = decode_bytes(saved(Image.new("RGBA", (9, 9), (0, 0, 0, 128)), format="PNG"), 4)
    assert set(half.ravel().tolist()) == {127}
    clear = decode_bytes(saved(Image.new("RGBA", (9, 9), (9, 9, 9, 0)), format="WEBP"), 4)
    assert (clear == 255).all()
    for mode, clear_value in (("1", 0), ("L", 0), ("P", 0), ("RGB", (0, 0, 0))):
        data = saved(Image.new(mode, (9, 9), 0), format="PNG", transparency=clear_value)
        assert (decode_bytes(data, 4) == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF", "WEBP"])
def test_an_animation_gives_its_first_frame(kind):
    """Frames after the first are not looked at."""
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, GREEN)]
    data = saved(frames[0], format=kind, save_all=True, append_images=frames[1:])
    colour = decode_bytes(data, 8)[4, 4].astype(int)
    assert np.abs(colour - RED).max() < 10


def png_that_claims(width, height):
    """Return a PNG file with a header of that size and hardly any pixels."""

    def chunk(kind, content):
        sum_ = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", sum_)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def test_too_many_pixels_are_refused_before_they_are_decoded(recwarn):
    """A decompression bomb is refused by its header; the limit can be set; Pillow's stays as it was."""
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(DataError, match=r"60000 x 60000 pixels are more than the limit"):
        decode_bytes(png_that_claims(60_000, 60_000), 8)
    with pytest.raises(DataError, match="the limit of 399"):
        decode_bytes(saved(Image.new("RGB", (20, 20)), format="PNG"), 8, max_pixels=399)
    assert (
        decode_bytes(saved(Image.new("RGB", (20, 20)), format="PNG"), 8, max_pixels=400).any() == 0
    )
    assert MAX_PIXELS == 100_000_000
    assert before == Image.MAX_IMAGE_PIXELS
    assert not recwarn.list


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ["BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP"])
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_damaged_files_raise_the_part_s_own_error_or_give_pixels(kind, data):
    """Cut or changed bytes never raise anything else, whatever Pillow makes of them."""
    content = bytearray(saved(quarters(32, 24), format=kind))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    try:
        assert decode_bytes(bytes(content[:cut]), 8, max_pixels=10_000).shape == (8, 8, 3)
    except DataError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"not an image at all", "not an image of a known kind"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not an image of a known kind"),
        (saved(quarters(200, 200), format="JPEG")[:-300], "damaged: "),
        (saved(quarters(200, 200), format="PNG")[:-100], "damaged: "),
    ],
    ids=["empty", "text", "postscript", "half a jpeg", "half a png"],
)
def test_what_is_no_image_is_named(tmp_path, content, message):
    """The error says which file and why, in one line."""
    path = tmp_path / "one.jpg"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"one.jpg: {message}"):
        decode(path, 8)


def test_an_absent_file_is_named(tmp_path):
    """A file that is not there and a folder are told like any unreadable file."""
    with pytest.raises(DataError, match=r"none\.png: no such file"):
        decode(tmp_path / "none.png", 8)
    with pytest.raises(DataError, match="is a directory"):
        decode(tmp_path, 8)


def test_unknown_options_are_refused():
    """Sizes below one pixel and unknown rules are mistakes of the caller."""
    data = saved(quarters(), format="PNG")
    with pytest.raises(DataError, match="at least 1 pixel, but got 0"):
        decode_bytes(data, 0)
    with pytest.raises(
        DataError, match=r"crop, pad, stretch, but got 'croop' \(did you mean 'crop'"
    ):
        decode_bytes(data, 8, "croop")


def test_many_images_keep_their_order_and_stop_at_the_first_error(tmp_path: Path):
    """Decoding on threads gives what decoding one by one gives, and raises where it would."""
    paths = []
    for number in range(100):
        paths.append(tmp_path / f"{number}.png")
        Image.new("L", (8, 8), number).save(paths[-1])
    assert [int(p[0, 0, 0]) for p in decode_all(paths, 8)] == list(range(100))
    paths[60].write_bytes(b"")
    seen = []
    with pytest.raises(DataError, match=r"60\.png: the file is empty"):
        seen.extend(decode_all(paths, 8, "pad"))
    assert len(seen) == 60


def test_lab_becomes_rgb():
    """Lightness without colour is gray."""
    data = saved(Image.new("LAB", (8, 8), (255, 128, 128)), format="TIFF")
    assert decode_bytes(data, 4).min() > 250
