"""Tells a JPEG file that lacks only its end marker from one that is cut short."""

from __future__ import annotations

import io
import struct
from collections import defaultdict

from PIL import Image
from PIL.ImageFile import ImageFile

_END = b"\xff\xd9"
# What follows the last pixel changes nothing; what is taken for missing pixels does. It may have to start anew.
_RESTARTS = range(0xD0, 0xD8)
_TAILS = tuple(
    filling + b"".join(bytes([0xFF, restart]) + filling for restart in _RESTARTS)
    for filling in (
        b"\x00" * 64,
        b"\x55" * 64,
        b"\xaa" * 64,
        bytes(range(64)),
        bytes(range(64, 192, 2)),
    )
)
_SCAN, _ALONE = 0xDA, (0x01, 0xD8)
_PROGRESSIVE, _OTHER_TABLES = 0xC2, (0xC4, 0xC8, 0xCC)


def whole_file(image: Image.Image) -> bytes | None:
    """Return the file of an opened image with the end marker that it lacks, or None if that is not what it lacks."""
    file = image.fp if isinstance(image, ImageFile) else None
    if file is None or image.format not in ("JPEG", "MPO"):
        return None
    file.seek(0)
    return with_end_marker(file.read())


def with_end_marker(data: bytes) -> bytes | None:
    """Return a JPEG file with the end marker that it lacks, or None if it lacks more or is damaged otherwise."""
    data = data.rstrip(b"\xff")
    try:
        if not _has_all_scans(data):
            return None
        first, *others = (_pixels(data + tail + _END) for tail in _TAILS)
    except (OSError, SyntaxError, ValueError, IndexError, struct.error):
        return None
    return data + _END if all(pixels == first for pixels in others) else None


def _pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        return image.tobytes()


def _has_all_scans(data: bytes) -> bool:
    """Whether every coefficient of every component has come in a scan, to the last bit."""
    components: set[int] = set()
    bits: dict[int, dict[int, int]] = defaultdict(dict)
    progressive, at = False, 2
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0x00, 0xFF, *_ALONE, *_RESTARTS):
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        content = data[at + 4 : at + 2 + length]
        at += 2 + length
        if 0xC0 <= marker <= 0xCF and marker not in _OTHER_TABLES:
            progressive = marker == _PROGRESSIVE
            components = {content[6 + 3 * i] for i in range(content[5])}
        elif marker == _SCAN:
            count = content[0]
            start, end, approximation = content[1 + 2 * count : 4 + 2 * count]
            for i in range(count):
                for place in range(start, end + 1) if progressive else range(64):
                    bits[content[1 + 2 * i]][place] = approximation & 15 if progressive else 0
    complete = dict.fromkeys(range(64), 0)
    return bool(components) and all(bits[component] == complete for component in components)
