"""Images in object stores and on web servers, read through fsspec and copied into the cache.

A file is copied again only if its size or its mark (ETag or time) has changed at the source; files removed there are
removed from the copy. Without a network, a complete copy is used, and a note says so.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path, PurePosixPath

from ..atomic_write import atomic_path, atomic_write
from ..dataset import Progress
from ..errors import DataError, some
from ..file_lock import file_lock
from ..images.formats import is_named_as_image
from .kinds import FILES, Kind, ending_of, name_at
from .tables.manifest import manifest_paths

PACKAGES = {
    "abfs": "adlfs",
    "az": "adlfs",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "http": "aiohttp",
    "https": "aiohttp",
    "s3": "s3fs",
}
"""The package that each kind of address needs beside fsspec."""
# Some log every failed attempt with its traceback where nobody takes their logs.
for _package in set(PACKAGES.values()):
    logging.getLogger(_package).addHandler(logging.NullHandler())
_STATE = ".state.json"
_MARKS = ("ETag", "etag", "md5Hash", "LastModified", "mtime", "updated", "last_modified")
_AT_ONCE = 16


def local_copy(
    address: str, ending: str, cache: Path, progress: Progress | None
) -> tuple[Path, list[str]]:
    """Return a copy in the cache of the folder or file at an address, and notes about it.

    Args:
        address: of a folder of images, of one image, or of one of `FILES`, for fsspec.
        ending: what the copy of a file is to end in, where its name at the address says nothing.
        cache: the copy goes to ``datasets/remote/`` in it.
        progress: called with the files that are there.

    Raises:
        DataError: the address cannot be reached or read, a package is missing, or nothing is there.
    """
    name = hashlib.sha256(address.encode()).hexdigest()[:16]
    place = Path(cache).absolute() / "datasets" / "remote" / name
    with file_lock(place.with_name(f".{name}.lock")):
        try:
            files = _listed(address, ending)
        except DataError:
            raise
        except FileNotFoundError:
            files = None
        except Exception as error:  # a store's own errors have no common kind
            return _earlier_copy(address, place, error)
        if files is None:
            raise DataError(f"{address}: no such file or folder; check the address")
        if not files:
            raise DataError(
                f"{address}: no image is there; an image's name ends in that of a format, such as .jpg or .png"
            )
        try:
            _update(address, files, place, progress)
        except DataError:
            raise
        except Exception as error:  # as above
            raise DataError(
                f"{address}: the copy was interrupted ({_why(error)}); try again"
            ) from error
    return _copy(place), []


def _earlier_copy(address: str, place: Path, error: Exception) -> tuple[Path, list[str]]:
    if not _state(place).get("complete"):
        raise DataError(f"{address}: cannot be reached ({_why(error)})") from error
    note = f"{address} cannot be reached ({_why(error)}); the copy in the cache is used."
    return _copy(place), [note]


def _copy(place: Path) -> Path:
    """Return the archive or manifest, where one was copied, and else the folder of images."""
    first, *more = _state(place)["files"]
    return place / first if not more and ending_of(first) else place


def _file_system(address: str):
    import fsspec

    try:
        return fsspec.core.url_to_fs(address)
    except ImportError as error:
        kind = address.split("://")[0]
        package = PACKAGES.get(kind, "")
        install = f"pip install {package}" if package else str(error)
        raise DataError(
            f"{address}: {kind}:// needs a package that is not installed; {install}"
        ) from error
    except ValueError as error:
        known = ", ".join(f"{kind}://" for kind in ("gs", "https", "s3", "zip"))
        raise DataError(
            f"{address}: this address cannot be read ({error}); addresses start with {known}"
        ) from error


def _listed(address: str, ending: str) -> dict[str, tuple[str, list]]:
    """Return the files at an address by their relative paths: where each is, and what marks its content."""
    system, root = _file_system(address)
    name = name_at(root)
    name = name if ending_of(name) else name + ending
    is_one = ending_of(name) or is_named_as_image(name)
    if is_one and not system.isdir(root):
        return {name: (root, _mark(system.info(root)))}
    found = system.find(root, detail=True)
    if not found:
        system.ls(root)  # some find nothing where they cannot look; this says why
    if list(found) == [root]:
        return {name: (root, _mark(found[root]))}
    base = root.rstrip("/") + "/" if root else ""
    return {
        path.removeprefix(base).lstrip("/"): (path, _mark(details))
        for path, details in found.items()
        if _may_be_image(path)
    }


def _may_be_image(path: str) -> bool:
    """Whether a path may be an image's: it ends as one, or in nothing, so that only the content can say."""
    return is_named_as_image(path) or not PurePosixPath(path).suffix


def _mark(details: dict) -> list:
    return [details.get("size"), *(str(details[key]) for key in _MARKS if details.get(key))]


def _update(
    address: str, files: dict[str, tuple[str, list]], place: Path, progress: Progress | None
) -> None:
    """Make the copy what the source is; what is unchanged stays."""
    system, root = _file_system(address)
    state = _state(place)
    have = state.get("files", {})
    done = {
        path: mark
        for path, (_, mark) in files.items()
        if have.get(path) == mark != [None]  # without a size or a time, nobody knows what changed
    }
    done = {path: mark for path, mark in done.items() if (place / path).is_file()}
    _write_state(place, {"address": address, "complete": False, "files": done})
    missing = {path: where for path, (where, _) in files.items() if path not in done}
    for path in _fetched(system, missing, place):
        done[path] = files[path][1]
        if progress:
            progress(f"copying {address}", len(done), len(files))
    wanted = set(files) | set(_of_manifest(system, root, files, place, progress))
    for file in list(place.rglob("*")):
        relative = file.relative_to(place).as_posix()
        if file.is_file() and relative not in wanted and relative != _STATE:
            file.unlink()
    _write_state(place, {"address": address, "complete": True, "files": done})


def _of_manifest(
    system, root: str, files: dict, place: Path, progress: Progress | None
) -> Iterator[str]:
    """Copy the images that a manifest lists, where a manifest is what was named."""
    only = next(iter(files))
    if len(files) != 1 or FILES.get(ending_of(only)) is not Kind.MANIFEST:
        return
    folder = root.rsplit("/", 1)[0]
    paths = dict.fromkeys(manifest_paths(place / only))
    inside = [
        p for p in paths if p and not p.startswith("/") and ".." not in PurePosixPath(p).parts
    ]
    outside = [path for path in paths if path not in inside]
    if outside:
        raise DataError(f"{root}: paths outside the manifest's folder: {some(outside)}")
    missing = {p: f"{folder}/{p}" for p in inside if not (place / p).is_file()}
    for done, _ in enumerate(_fetched(system, missing, place), 1):
        if progress:
            progress("copying images", done, len(missing))
    yield from inside


def _fetched(system, missing: dict[str, str], place: Path) -> Iterator[str]:
    """Copy files on threads, each beside its place and renamed; yield each path when it is there."""

    def fetch(path: str, where: str) -> str:
        target = place / path
        if not target.resolve().is_relative_to(place.resolve()):
            raise DataError(f"{where}: points outside the data set")
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(target) as part:
            try:
                system.get_file(where, str(part))
            except FileNotFoundError as error:
                raise DataError(f"{where}: there is no such file; correct the manifest") from error
        return path

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        pending = [pool.submit(fetch, path, where) for path, where in missing.items()]
        try:
            for one in as_completed(pending):
                yield one.result()
        finally:
            for one in pending:
                one.cancel()


def _state(place: Path) -> dict:
    try:
        return json.loads((place / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        shutil.rmtree(place, ignore_errors=True)
        return {}


def _write_state(place: Path, state: dict) -> None:
    place.mkdir(parents=True, exist_ok=True)
    atomic_write(place / _STATE, json.dumps(state))


def _why(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else f"{text[:160]}…"
