"""The images at an address, a single one or those of a folder, copied into the cache."""

from __future__ import annotations

from pathlib import Path

from ..dataset import Progress
from ..errors import DataError
from .folders.walk import Walk
from .kinds import ending_of, name_at
from .remote import local_copy


def images_at(
    address: str, cache: Path, progress: Progress | None = None
) -> tuple[list[tuple[str, Path]], list[str]]:
    """Copy the images at an address, and return each one's own address with its copy, and notes about them.

    Args:
        address: of an image or a folder, for fsspec.
        cache: the copies go to ``datasets/remote/`` in it.
        progress: called with a stage, what is done and the total.

    Raises:
        DataError: as of `local_copy`, or a file that is no image lies there.
    """
    ending = ending_of(name_at(address))
    if ending:
        raise DataError(f"{address}: a {ending} file; give the address of an image or a folder")
    place, notes = local_copy(address, "", cache, progress)
    copies = Walk(place).images()
    return [(_own(address, path.relative_to(place)), path) for path in copies], notes


def _own(address: str, inside: Path) -> str:
    """Return the address of an image that lies ``inside`` what is at an address, or is all of it."""
    if inside.as_posix() == name_at(address):
        return address
    return f"{address.rstrip('/')}/{inside.as_posix()}"
