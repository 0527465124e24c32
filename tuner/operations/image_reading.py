"""The images that a command is given, each decoded once while others are worked on."""

import glob
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ...datasets import IMAGE_SUFFIXES, DataError, decode, ordered_map
from ..errors import SearchError
from ..events import OnEvent, Progress
from ..models.labels import Labels

# The progress of fewer images is not worth a line.
_MANY = 100


class ImageReading:
    """Decodes the images of files, folders and patterns, and tells those that can be read from the others.

    Args:
        sources: Image files, folders, and patterns such as `photos/*.jpg`.
        labels: What size the images get, and how.
        on_event: Called with the progress of 100 images and more.

    Attributes:
        readable: The images that were decoded so far.
        unreadable: The others, each with its cause.

    Raises:
        SearchError: There is no such file or folder, or no image in it.
    """

    def __init__(self, sources: Sequence[str | Path], labels: Labels, on_event: OnEvent):
        self._paths, self._on_event = _images(sources), on_event
        self._decode = partial(_decoded, size=labels.image_size, resize=labels.resize)
        self.readable: list[Path] = []
        self.unreadable: list[tuple[Path, str]] = []

    def __iter__(self) -> Iterator[np.ndarray]:
        total = len(self._paths)
        results = zip(self._paths, ordered_map(self._decode, self._paths), strict=True)
        for done, (path, result) in enumerate(results, 1):
            if total >= _MANY:
                self._on_event(Progress("classifying images", done, total))
            if isinstance(result, DataError):
                self.unreadable.append((path, str(result)))
            else:
                self.readable.append(path)
                yield result

    def nothing_readable(self) -> SearchError:
        """Return the error for images of which none could be read."""
        tried, cause = len(self.unreadable), self.unreadable[0][1]
        return SearchError(f"No image can be read ({tried} tried); the first error: {cause}.")


def _decoded(path: Path, *, size: int, resize: str) -> np.ndarray | DataError:
    try:
        return decode(path, size, resize)
    except DataError as error:
        return error


def _images(sources: Sequence[str | Path]) -> list[Path]:
    found: list[Path] = []
    for source in sources:
        place = Path(source)
        if place.is_dir():
            inside = [p for p in sorted(place.rglob("*")) if p.suffix.lower() in IMAGE_SUFFIXES]
            if not inside:
                raise SearchError(
                    f"There is no image in {place}; an image ends in {' '.join(sorted(IMAGE_SUFFIXES))}."
                )
            found += inside
        elif place.is_file():
            found.append(place)
        else:
            matching = [Path(name) for name in sorted(glob.glob(str(source), recursive=True))]  # noqa: PTH207
            if not matching and len(sources) == 1:
                raise SearchError(f"There is no image or folder {place}.")
            # One of many that is missing is left out, with the reason that decoding gives.
            found += [one for one in matching if one.is_file()] if matching else [place]
    if not found:
        raise SearchError(
            f"There is no image in {', '.join(map(str, sources)) or 'an empty list'}."
        )
    return found
