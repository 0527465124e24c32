"""The formats of image files: what a file is, by its first bytes, and which of them can be read."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec

READ = {
    "AVIF": (".avif", ".avifs"),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "HEIF": (".heic", ".heif", ".hif"),
    "JPEG": (".jfif", ".jif", ".jpe", ".jpeg", ".jpg"),
    "PNG": (".apng", ".png"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
}
"""The formats that are read, by Pillow's names, with the endings of their files."""
UNREAD = {
    "a camera's raw file": (
        *(".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".nef", ".nrw", ".orf", ".pef", ".raf"),
        *(".rw2", ".srw"),
    ),
    "a slide": (".lsm", ".ndpi", ".scn", ".svs"),
    "DDS": (".dds",),
    "DICOM": (".dcm", ".dicom"),
    "JPEG 2000": (".j2k", ".jp2", ".jpf", ".jpx"),
    "JPEG XL": (".jxl",),
    "NIfTI": (".nii",),
    "OpenEXR": (".exr",),
    "PNM": (".pbm", ".pgm", ".pnm", ".ppm"),
    "Photoshop": (".psb", ".psd"),
    "SVG": (".svg", ".svgz"),
    "TGA": (".tga",),
}
"""The formats of images that are not read, with the endings of their files."""
HEAD = 32
"""How many of a file's first bytes say what it is."""
_OFFSET_OF_DICOM = 128

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL \r\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"8BPS", "Photoshop"),
    (b"v/1\x01", "OpenEXR"),
    (b"DDS ", "DDS"),
)
# The versions of the header that follows the file's own, by their sizes; "BM" alone begins many a text.
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_BRANDS = {
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"crx ": "a camera's raw file",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm"), "HEIF"),
}
_LARGE_FILES = b"version https://git-lfs.github.com/"
_FORMAT_OF = {suffix: name for name, suffixes in UNREAD.items() for suffix in suffixes}
# Some servers and programs add to a name: cat.jpg?v=1, cat.png:large, cat.jpg_640x480.
_NAMED = re.compile(
    rf"\.({'|'.join(suffix[1:] for suffixes in READ.values() for suffix in suffixes)})"
    r"(\?.*|:\w+|_\d+w?x\d+h?)?\Z",
    re.IGNORECASE | re.DOTALL,
)


@cache
def readable() -> tuple[str, ...]:
    """Return the formats of `READ` that can be read here, by Pillow's names."""
    here = {"AVIF": _pillow_has("_avif"), "HEIF": find_spec("pillow_heif") is not None}
    return tuple(name for name in READ if here.get(name, True))


def _pillow_has(module: str) -> bool:
    return find_spec(f"PIL.{module}") is not None


def format_of(head: bytes) -> str:
    """Return the format of `READ` or `UNREAD` that a file's first `HEAD` bytes say, or an empty string."""
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    return _of_brand(head) if head[4:8] == b"ftyp" else ""


def _of_brand(head: bytes) -> str:
    """Return the format of a file of boxes, by its major brand, or else by the brands that it is compatible with."""
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, len(head) - 3, 4))]
    if brands[0] in (b"mif1", b"msf1"):
        return next((_BRANDS[one] for one in brands if one in _BRANDS), "HEIF")
    return _BRANDS.get(brands[0], "")


def is_named_as_image(name: str) -> bool:
    """Whether a file's name ends as those of images that are read; the content may still be another."""
    return _NAMED.search(name) is not None


def unread_format(name: str, head: bytes) -> str:
    """Return the format of an image that is not read, by its first bytes or its name, or an empty string.

    Cameras and microscopes write TIFF that only their own readers understand, so that there the ending decides.
    """
    found = format_of(head)
    if found in READ and found != "TIFF":
        return ""
    named = next((form for end, form in _FORMAT_OF.items() if name.lower().endswith(end)), "")
    return named or (found if found in UNREAD else "")


def why_unread(data: bytes) -> str:
    """Return what bytes are that cannot be read as an image, and what to do."""
    if data.startswith(_LARGE_FILES):
        return "a Git LFS pointer, not the image itself; `git lfs pull` fetches the images"
    found = format_of(data[:HEAD])
    if data[_OFFSET_OF_DICOM : _OFFSET_OF_DICOM + 4] == b"DICM":
        found = "DICOM"
    if found == "HEIF" and found not in readable():
        return 'HEIC, which needs a package: pip install pillow-heif (or "transfertune[heif]")'
    if found == "AVIF" and found not in readable():
        return "AVIF, which this Pillow cannot read; pip install --upgrade pillow, or convert it to PNG or JPEG"
    if found in UNREAD:
        return f"{found}, which is not read; convert it to PNG or JPEG"
    return f"not an image of a known kind ({', '.join(readable())})"
