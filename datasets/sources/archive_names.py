"""The names of an archive's members as their packer meant them."""

from __future__ import annotations

import struct
import zipfile
import zlib

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
_UNIX = 3


def zip_name(info: zipfile.ZipInfo, *, slashes: bool) -> tuple[str, bool]:
    """Return the name of a member with ``/`` between its folders, and whether its encoding is a guess.

    Args:
        info: the member.
        slashes: whether any name in the archive has a ``/``; if none has, a backslash divides folders.
    """
    name, guessed = info.filename, False
    if not info.flag_bits & _UTF8_FLAG and not name.isascii():
        raw = name.encode("cp437", errors="replace")
        name, guessed = _decoded(raw, stated=_unicode_path(info.extra, raw), old="cp437")
    if info.create_system != _UNIX or not slashes:
        name = name.replace("\\", "/")
    return name, guessed


def tar_name(name: str) -> tuple[str, bool]:
    """Return the name of a member, and whether its encoding is a guess."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return _decoded(name.encode(errors="surrogateescape"), stated="", old="latin-1")
    return name, False


def _decoded(raw: bytes, *, stated: str, old: str) -> tuple[str, bool]:
    if stated:
        return stated, False
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        return raw.decode(old), True


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """Return the name that a packer has put beside the one in an old encoding, or nothing."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        content, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(content) > 5:
            version, checksum = struct.unpack_from("<BL", content)
            if version == 1 and checksum == zlib.crc32(raw):
                return content[5:].decode(errors="replace")
    return ""
