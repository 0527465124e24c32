"""The images that a command is given, each decoded once while others are worked on."""

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ...datasets import DataError, Walk, decode, images_at, is_passed_over, ordered_map
from ..errors import SearchError
from ..events import DataRead, OnEvent, Progress
from ..features.cache import default_cache
from ..models.labels import Labels

# The progress of fewer images is not worth a line.
_MANY = 100
# Addresses are waited for at the same time.
_AT_ONCE = 16


@dataclass(frozen=True)
class FoundImage:
    """An image by the path or the address that a person knows, and the file to read."""

    name: Path | str
    file: Path


class ImageReading:
    """Decodes the images of files, folders, patterns and addresses, and tells those that can be read from the others.

    Args:
        sources: Image files, folders, patterns such as `photos/*.jpg`, and addresses of images and folders, whose
            images come last.
        labels: What size the images get, and how.
        on_event: Called with the progress of 100 images and more, and of copying from addresses.
        cache: Takes the copies; the user's cache folder when None.

    Attributes:
        readable: The images that were decoded so far.
        unreadable: The path or address of each of the others, with its cause.

    Raises:
        SearchError: There is no such file, folder or address, or no image in it.
    """

    def __init__(
        self,
        sources: Sequence[str | Path],
        labels: Labels,
        on_event: OnEvent,
        cache: Path | None = None,
    ):
        self._on_event = on_event
        self.readable: list[FoundImage] = []
        self.unreadable: list[tuple[Path | str, str]] = []
        addresses = [str(one) for one in sources if _is_address(one)]
        places = [one for one in sources if not _is_address(one)]
        files = self._files(places)
        if not files and not addresses:
            why = self.unreadable[0][1] if self.unreadable else "There is no image in an empty list"
            raise SearchError(f"{why}.")
        self._images = [FoundImage(file, file) for file in files]
        self._images += self._copies(addresses, cache or default_cache())
        self._decode = partial(_decoded, labels=labels)

    def __iter__(self) -> Iterator[np.ndarray]:
        total = len(self._images)
        results = zip(self._images, ordered_map(self._decode, self._images), strict=True)
        for done, (image, result) in enumerate(results, 1):
            if total >= _MANY:
                self._on_event(Progress("classifying images", done, total))
            if isinstance(result, str):
                self.unreadable.append((image.name, result))
            else:
                self.readable.append(image)
                yield result

    def _files(self, places: Sequence[str | Path]) -> list[Path]:
        """Return the images of files, folders and patterns; a folder without images is unreadable."""
        found: list[Path] = []
        for place in places:
            matching = [Path(place)] if _is_there(Path(place)) else _matching(str(place))
            if not matching and len(places) == 1:
                raise SearchError(f"There is no image or folder {place}.")
            # One of many that is missing is left out, with the reason that decoding gives.
            files = [file for one in matching or [Path(place)] for file in self._files_in(one)]
            found += dict.fromkeys(files)
        return found

    def _files_in(self, place: Path) -> list[Path]:
        if not place.is_dir():
            return [place]
        walk = Walk(place)
        if not walk.top.has_images:
            notes = " ".join((f"{place}: there is no image in it.", *walk.notes()))
            self.unreadable.append((place, notes.rstrip(".")))
        return walk.images()

    def _copies(self, addresses: list[str], cache: Path) -> Iterator[FoundImage]:
        """Yield the images at addresses; what cannot be reached is unreadable."""
        alone = len(addresses) == 1

        def heard(what: str, done: int, total: int) -> None:
            if alone:
                self._on_event(Progress(what, done, total))

        def copy(address: str) -> tuple[list[tuple[str, Path]], list[str]] | str:
            try:
                return images_at(address, cache, heard)
            except DataError as error:
                return str(error)

        found = zip(addresses, ordered_map(copy, addresses, _AT_ONCE), strict=True)
        for done, (address, result) in enumerate(found, 1):
            if not alone:
                self._on_event(Progress("copying images", done, len(addresses)))
            if isinstance(result, str):
                self.unreadable.append((address, result))
                continue
            images, notes = result
            if notes:
                self._on_event(DataRead((), 0, tuple(notes)))
            yield from (FoundImage(name, file) for name, file in images)

    def nothing_readable(self) -> SearchError:
        """Return the error for images of which none could be read."""
        tried, cause = len(self.unreadable), self.unreadable[0][1]
        return SearchError(f"No image can be read ({tried} tried); the first error: {cause}.")


def _is_address(source: str | Path) -> bool:
    return isinstance(source, str) and "://" in source


def _decoded(image: FoundImage, *, labels: Labels) -> np.ndarray | str:
    """Return an image's pixels, or why it cannot be read."""
    try:
        return decode(image.file, labels.image_size, labels.resize, gray=labels.gray)
    except DataError as error:  # nobody knows where in the cache a copy lies
        return str(error).replace(str(image.file), str(image.name))


def _matching(pattern: str) -> list[Path]:
    """Return the files and folders that a pattern names, without what is passed over in folders."""
    given = set(Path(pattern).parts)
    paths = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    return [
        path
        for path in paths
        if _is_there(path)
        and not any(is_passed_over(part) for part in path.parts if part not in given)
    ]


def _is_there(path: Path) -> bool:
    return path.is_dir() or path.is_file()
