"""Decode images to square RGB pixels, in the same way for training, test and prediction."""

from __future__ import annotations

import io
import logging
import threading
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from ..environment import pixel_limit
from ..errors import DataError, did_you_mean
from ..gray import OWN_RANGE, GrayRange, GrayScale, eight_bits, gray_range
from ..ordered_map import ordered_map
from .formats import readable, why_unread
from .jpeg_end import whole_file

RESIZES = ("crop", "pad", "stretch")

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_opening = threading.Lock()

# Pillow warns of damaged EXIF and the like in the middle of a display; the data check reports what matters.
# A filter for the whole process, because images are read on threads, which share the filters.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


def decode(
    path: Path,
    size: int,
    resize: str = "crop",
    *,
    gray: GrayScale = OWN_RANGE,
    max_pixels: int | None = None,
) -> np.ndarray:
    """Read an image as upright RGB of ``size`` x ``size`` pixels.

    ``crop`` scales the short side and keeps the centre, ``pad`` scales the long side and centres
    the image on black, ``stretch`` changes the aspect ratio. Scaling is bilinear with
    antialiasing. Transparent images are laid on white; the first frame of an animation is used.
    ``gray`` brings more than 8 bits of gray to 8; an image of a kind that it does not have is scaled by its own range.

    Returns:
        uint8 array of shape (size, size, 3), values 0..255.

    Raises:
        DataError: the file cannot be read as an image, has more than ``max_pixels`` pixels (`pixel_limit`), or
            ``size`` or ``resize`` is not allowed.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {why_unopened(error)}") from error
    try:
        return decode_bytes(data, size, resize, gray=gray, max_pixels=max_pixels)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def decode_all(
    paths: Iterable[Path],
    size: int,
    resize: str = "crop",
    *,
    gray: GrayScale = OWN_RANGE,
    max_pixels: int | None = None,
) -> Iterator[np.ndarray]:
    """Decode images on threads; yields a uint8 array (size, size, 3) per image, in order.

    Only a fixed number of images is in memory at a time. It raises what `decode` raises, when the
    turn of the image comes.
    """
    work = partial(decode, size=size, resize=resize, gray=gray, max_pixels=max_pixels)
    return ordered_map(work, paths)


def stack_batches(images: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Stack images into batches of ``size``, the last one possibly smaller."""
    batch: list[np.ndarray] = []
    for image in images:
        batch.append(image)
        if len(batch) == size:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)


def decode_bytes(
    data: bytes,
    size: int,
    resize: str = "crop",
    *,
    gray: GrayScale = OWN_RANGE,
    max_pixels: int | None = None,
) -> np.ndarray:
    """Decode the bytes of an image as `decode` does; the error does not name the file."""
    if size < 1:
        raise DataError(f"an image's size must be at least 1 pixel, but got {size}")
    if resize not in RESIZES:
        raise DataError(
            f"resize must be one of {', '.join(RESIZES)}, but got {resize!r}"
            f"{did_you_mean(resize, RESIZES)}"
        )
    # Twice the size is enough for the antialiasing that follows, and JPEG decodes to it faster.
    decoded = rgb_of(open_bytes(data, max_pixels), 2 * size, gray)
    return np.asarray(_resized(decoded.image, size, resize), dtype=np.uint8)


def open_upright(path: Path, side: int) -> Image.Image:
    """Read an image as upright RGB, reduced while decoding to no fewer than ``side`` pixels a side.

    Raises:
        DataError: the file cannot be read as an image.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {why_unopened(error)}") from error
    return rgb_of(open_bytes(data), side).image


@dataclass(frozen=True)
class Decoded:
    """An upright RGB image, and what its file is.

    ``orientation`` is that of EXIF (1: upright), which is undone; ``gray`` is the range of gray of more than 8 bits;
    ``unended`` says that a JPEG lacks its end marker.
    """

    image: Image.Image
    orientation: int
    gray: GrayRange | None
    unended: bool


def rgb_of(image: Image.Image, side: int, gray: GrayScale = OWN_RANGE) -> Decoded:
    """Decode an opened image to upright RGB of no fewer than ``side`` pixels a side, where it has them.

    Raises:
        DataError: the file is damaged.
    """
    loaded = _load(image, draft=side)
    orientation = _orientation(loaded)
    upright = _rgb(_upright(eight_bits(loaded, gray), orientation))
    return Decoded(upright, orientation, gray_range(loaded), unended=loaded is not image)


def open_header(file: IO[bytes]) -> Image.Image:
    """Open an image without decoding its pixels, whatever its size."""
    # Pillow's limit on pixels is global and warns before it refuses; ours is an argument, so
    # Pillow's limit is off while the header is read.
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file, formats=_openers())
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@cache
def _openers() -> tuple[str, ...]:
    """Return the formats that Pillow is to open, and add the reader of HEIC where it is installed."""
    if "HEIF" in readable():
        from pillow_heif import register_heif_opener

        register_heif_opener()
    return readable()


def why_unopened(error: OSError) -> str:
    """Return in a few words why a file cannot be read."""
    return (error.strerror or str(error)).lower()


def open_bytes(data: bytes, max_pixels: int | None = None) -> Image.Image:
    """Open the bytes of an image without decoding its pixels; ``max_pixels`` is `pixel_limit` when None.

    Raises:
        DataError: the bytes are not an image, or one of no or too many pixels; the error does not name the file.
    """
    if not data:
        raise DataError("the file is empty")
    try:
        image = open_header(io.BytesIO(data))
    except Image.UnidentifiedImageError as error:
        raise DataError(why_unread(data)) from error
    except MemoryError:
        raise
    except Exception as error:  # Pillow's readers raise nearly anything on damaged bytes
        raise DataError(f"damaged: {_first_line(error)}") from error
    refuse_size(*image.size, pixel_limit() if max_pixels is None else max_pixels)
    return image


def refuse_size(width: int, height: int, max_pixels: int) -> None:
    """Raise `DataError` for an image of no or too many pixels."""
    if width * height > max_pixels:
        raise DataError(
            f"{width} x {height} pixels are more than the limit of {max_pixels:,}; "
            "make the image smaller or raise the limit with TRANSFERTUNE_MAX_PIXELS"
        )
    if width * height == 0:
        raise DataError(f"{width} x {height} pixels: the image is empty")


def _load(image: Image.Image, draft: int) -> Image.Image:
    """Return an opened image decoded; where a file lacks only its end, another one that has it."""
    try:
        return _decoded(image, draft)
    except DataError:
        whole = whole_file(image)
        if whole is None:
            raise
    return _decoded(open_header(io.BytesIO(whole)), draft)


def _decoded(image: Image.Image, draft: int) -> Image.Image:
    try:
        image.draft(None, (draft, draft))
        image.load()
    except MemoryError:
        raise
    except Exception as error:  # as above
        raise DataError(f"damaged: {_first_line(error)}") from error
    return image


def _orientation(image: Image.Image) -> int:
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # unreadable EXIF says nothing; the pixels are still good
        return 1
    return orientation if orientation in _UPRIGHT else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _UPRIGHT.get(orientation)
    if turn is None:
        return image
    turned = image.transpose(turn)
    turned.info, turned.format = image.info, image.format
    return turned


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _resized(image: Image.Image, size: int, resize: str) -> Image.Image:
    width, height = image.size
    if resize == "pad":
        scale = size / max(width, height)
        inner = (max(1, round(width * scale)), max(1, round(height * scale)))
        black = Image.new("RGB", (size, size))
        corner = ((size - inner[0]) // 2, (size - inner[1]) // 2)
        black.paste(_scaled(image, inner, (0.0, 0.0, width, height)), corner)
        return black
    side_x, side_y = (width, height) if resize == "stretch" else (min(width, height),) * 2
    left, top = (width - side_x) / 2, (height - side_y) / 2
    return _scaled(image, (size, size), (left, top, left + side_x, top + side_y))


def _scaled(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float]
) -> Image.Image:
    return image.resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=3.0)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
