"""The images of a study, from its `images.csv`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

SPLITS = ("train", "validation", "test")
COLUMNS = ("path", "label", "split", "digest")


def images_frame(path: Path, classes: Sequence[str]) -> pd.DataFrame:
    """Give back one row per image, by its index: path, label (the class's name), split and digest, all text.

    Paths are relative to the data's root, or absolute. Labels in the file are positions in `classes`, or the names
    themselves. Raises StudyError when the file is missing or does not hold what it should.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8", encoding_errors="replace"
        )
        frame = frame.set_index(frame.get("index", frame.index).astype("int64"))
        frame["label"] = [_class(label, classes) for label in frame["label"]]
        return frame.reindex(columns=list(COLUMNS), fill_value="").rename_axis("image")
    except FileNotFoundError:
        raise StudyError(
            f"{path} is not there: run the same search again, or copy it with the study"
        ) from None
    except (OSError, KeyError, ValueError) as error:
        raise StudyError(
            f"{path} is damaged ({type(error).__name__}): delete it and run the same search again"
        ) from error


def images_per_class(path: Path, classes: Sequence[str]) -> list[tuple[str, tuple[int, ...]]]:
    """Give back (class name, images per split in the order of SPLITS) for the classes in their order.

    Nothing when the file is not there or does not hold what it should.
    """
    try:
        frame = images_frame(path, classes)
    except StudyError:
        return []
    counts = frame.groupby(["label", "split"]).size()
    return [
        (name, tuple(int(counts.get((name, split), 0)) for split in SPLITS)) for name in classes
    ]


def _class(label: str, classes: Sequence[str]) -> str:
    if label not in classes and label.isdecimal() and int(label) < len(classes):
        return classes[int(label)]
    return label
