"""Data sets by their TensorFlow Datasets name, where that package is installed."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from ..atomic_write import atomic_folder
from ..dataset import Progress
from ..errors import DataError
from ..file_lock import file_lock
from .folders.split_names import SPLIT_FOLDERS

PREFIX = "tfds:"


def tfds_folder(source: str, cache: Path, progress: Progress | None) -> Path:
    """Return a folder of class folders with the images of a set, written at the first call.

    Args:
        source: ``tfds:NAME``, with a configuration or version as the package takes them.
        cache: the folder goes to ``datasets/``, the package's own files to ``tensorflow_datasets/``.
        progress: called with the images written.

    Raises:
        DataError: the package is not installed, knows no such set, or it has no images with one label.
    """
    name = source.removeprefix(PREFIX)
    try:
        package = importlib.import_module("tensorflow_datasets")
    except ImportError as error:
        raise DataError(
            f"{source}: the package tensorflow-datasets is not installed; "
            "pip install tensorflow-datasets importlib_resources"
        ) from error
    cache = Path(cache).absolute()
    folder = cache / "datasets" / f"tfds_{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}"
    with file_lock(folder.with_name(f".{folder.name}.lock")):
        if folder.is_dir():
            return folder
        try:
            builder = package.builder(name, data_dir=str(cache / "tensorflow_datasets"))
            _refuse_other_features(source, builder)
            builder.download_and_prepare()
            with atomic_folder(folder) as part:
                _write(package, builder, part, progress)
        except DataError:
            raise
        except Exception as error:  # the package raises nearly anything
            why = " ".join(str(error).split())[:200] or type(error).__name__
            raise DataError(f"{source}: TensorFlow Datasets cannot load it ({why})") from error
    return folder


def _refuse_other_features(source: str, builder) -> None:
    features = dict(builder.info.features.items())  # a mapping without `get`
    if "image" not in features or not hasattr(features.get("label"), "names"):
        raise DataError(
            f"{source}: needs one image and one label per example, but its features are {', '.join(features)}"
        )


def _write(package, builder, folder: Path, progress: Progress | None) -> None:
    """Write the encoded images as they are, without decoding them."""
    names = builder.info.features["label"].names
    total = sum(split.num_examples for split in builder.info.splits.values())
    done = 0
    for split in builder.info.splits:
        below = (
            folder / SPLIT_FOLDERS.get(split.lower(), "")
            if len(builder.info.splits) > 1
            else folder
        )
        decoders = {"image": package.decode.SkipDecoding()}
        for example in package.as_numpy(builder.as_dataset(split=split, decoders=decoders)):
            data = example["image"]
            suffix = ".png" if data.startswith(b"\x89PNG") else ".jpg"
            path = below / names[int(example["label"])] / f"{split}_{done:07d}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            done += 1
            if progress:
                progress("writing images", done, total)
