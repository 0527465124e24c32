"""CIFAR-10 from its binary version, which holds plain bytes and nothing to unpickle.

Each record is one byte of label and 3,072 bytes of 32 x 32 pixels, the red plane first
(Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009).
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from ...dataset import Progress
from ...errors import DataError
from .download import Archive

ARCHIVE = Archive(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    md5="c32a1d4ab5d03f1284b67883e8d87530",
)
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
IMAGES = 60_000
_SIDE = 32
_RECORD = 1 + 3 * _SIDE * _SIDE
_BATCH = re.compile(r"cifar-10-batches-bin/(data_batch_[1-5]|test_batch)\.bin")


def unpack(archive: Path, folder: Path, progress: Progress | None = None) -> None:
    """Write the images of the archive as PNG files into train/ and test/ class folders.

    Only the members of the known names are read, and no path comes from the archive.

    Raises:
        DataError: the archive is not one, or does not hold CIFAR-10 records.
    """
    for split in ("train", "test"):
        for name in CLASSES:
            (folder / split / name).mkdir(parents=True)
    done = 0
    try:
        with tarfile.open(archive, "r|gz") as members:
            for member in members:
                named = _BATCH.fullmatch(member.name)
                content = members.extractfile(member) if named and member.isfile() else None
                if named is None or content is None:
                    continue
                for pixels, path in _records(content.read(), named[1], archive):
                    Image.fromarray(pixels).save(folder / path)
                    done += 1
                    if progress:
                        progress("unpacking CIFAR-10", done, IMAGES)
    except (tarfile.TarError, EOFError) as error:
        raise DataError(f"{archive}: damaged archive ({error}); delete it and try again") from error
    if not done:
        raise DataError(f"{archive}: no CIFAR-10 batches in this archive")


def _records(data: bytes, batch: str, archive: Path) -> list[tuple[np.ndarray, Path]]:
    """Return each record's pixels, uint8 (32, 32, 3), and where they go in the folder."""
    rows = np.frombuffer(data, dtype=np.uint8)
    if rows.size % _RECORD or not rows.size:
        raise DataError(f"{archive}: {batch} does not consist of records of {_RECORD} bytes")
    rows = rows.reshape(-1, _RECORD)
    labels = rows[:, 0]
    if labels.max() >= len(CLASSES):
        raise DataError(f"{archive}: {batch} has the label {labels.max()}, but 9 is the highest")
    pixels = rows[:, 1:].reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1)
    split = "test" if batch == "test_batch" else "train"
    return [
        (np.ascontiguousarray(one), Path(split, CLASSES[label], f"{batch}_{number:05d}.png"))
        for number, (one, label) in enumerate(zip(pixels, labels.tolist(), strict=True))
    ]
