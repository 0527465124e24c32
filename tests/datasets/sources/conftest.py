"""Archives of every format, packed by the standard library."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Write an archive of the format that its name ends in; its members are names with their bytes.

    ``tar_type`` and ``zip_mode`` make the last member something else than a file.
    """

    def write(
        name: str,
        members: Mapping[str, bytes],
        tar_format: int = tarfile.PAX_FORMAT,
        tar_type: bytes = tarfile.REGTYPE,
        zip_mode: int = stat.S_IFREG,
    ) -> Path:
        archive = tmp_path / name
        if name.endswith(".zip"):
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
                for member, content in members.items():
                    zipped.writestr(member, content)
                zipped.infolist()[-1].external_attr = zip_mode << 16
            return archive
        compression = name.rpartition(".")[2].replace("tgz", "gz").replace("tar", "")
        with tarfile.open(archive, f"w:{compression}", format=tar_format) as tarred:
            for number, (member, content) in enumerate(members.items(), 1):
                info = tarfile.TarInfo(member)
                info.size = len(content)
                info.linkname = "a/1.png"
                info.type = tar_type if number == len(members) else tarfile.REGTYPE
                tarred.addfile(info, io.BytesIO(content))
        return archive

    return write


@pytest.fixture
def content() -> Callable[..., dict[str, bytes]]:
    """Return the files below a folder by their relative paths, sorted; ``top`` is put before each."""

    def read(folder: Path, top: str = "") -> dict[str, bytes]:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {top + path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    return read
