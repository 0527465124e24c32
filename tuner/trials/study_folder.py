"""Makes a study's folder, or opens it again when the same search goes on."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import Dataset, Split
from ...reports import Study, StudyLog, load_study, write_beside
from ..errors import SearchError
from .study_header import now, parts_of
from .task import Task

LOG = "trials.jsonl"
IMAGES = "images.csv"
# What must agree for a search to go on: the header's keys, as people call them.
_MUST_AGREE = {
    "space": ("space", "name"),
    "the data": ("data", "digest"),
    "the objective": ("objective", "name"),
    "the strategy": ("strategy",),
    "the folds": ("policy", "folds"),
    "the fits of a contender": ("policy", "fits"),
    "the division into folds": ("policy", "division"),
    "epochs": ("limits", "epochs"),
    "the seed": ("seed",),
}


def open_or_create(folder: Path, header: dict[str, Any], rows: list[dict[str, Any]]) -> Study:
    """Return the study in `folder`: a new one with this header, or the one that is there if it is the same search.

    Args:
        folder: where the study is, or shall be; `search_options.check_place` has looked at it.
        header: what defines the search.
        rows: its images, as `image_rows` gives them.

    Raises:
        SearchError: the folder holds a search that differs in what matters.
    """
    refuse_another_search(folder, header)
    if not is_begun(folder):
        StudyLog(folder / LOG).append("study", header)
    study = load_study(folder)
    _restore(folder / "study.json", (json.dumps(study.header, indent=1) + "\n").encode())
    _restore(folder / IMAGES, _images_csv(Path(header["data"]["root"]), rows))
    return study


def renew(study: Study, header: dict[str, Any]) -> None:
    """Note in the log what this call of the search changes, before it adds a trial."""
    again = {key: header[key] for key in ("limits", "command", "versions")}
    if any(study.header.get(key) != value for key, value in again.items()):
        StudyLog(study.folder / LOG).append("resume", {**again, "at": now()})


def image_rows(dataset: Dataset, split: Split, folds: np.ndarray) -> list[dict[str, Any]]:
    """Return one row an image: `path`, `label`, `split`, `digest` and `folds`, in the data set's order.

    `folds` int16 (repeats, images) is what `assign_folds` gave.
    """
    names = {int(i): name for name, indices in parts_of(split) for i in indices}
    return [
        {
            "path": p.path,
            "label": p.label,
            "split": names[i],
            "digest": p.digest,
            "folds": folds[:, i].tolist(),
        }
        for i, p in enumerate(dataset.images)
    ]


def folds_of(rows: list[dict[str, Any]], pool: np.ndarray) -> np.ndarray:
    """Return the folds in which the images of a pool validate, int16 (repeats, pool)."""
    return np.array([rows[i]["folds"] for i in pool], dtype=np.int16).T


def read_images(study: Study) -> list[dict[str, Any]]:
    """Return the rows that `images.csv` keeps, as `image_rows` gave them.

    Raises:
        SearchError: the file is missing or damaged.
    """
    file = study.folder / IMAGES
    root = Path(study.header["data"]["root"])
    try:
        with file.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
            rows = [
                {
                    "path": root / row["path"],
                    "label": int(row["label"]),
                    "split": row["split"],
                    "digest": row["digest"],
                    "folds": [int(row[name]) for name in row if name.startswith("fold_")],
                }
                for row in csv.DictReader(lines)
            ]
        if len(rows) < sum(study.header["split"].values()):
            raise ValueError("rows are missing")
        return rows
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SearchError(
            f"{file} is missing or damaged ({type(error).__name__}); "
            "the same `tune search` again restores it if you delete it."
        ) from error


def make_task(study: Study, rows: list[dict[str, Any]], cache: Path) -> Task:
    """Return what all jobs of a study share.

    Images of a test split that the data set itself states are left out; one that was carved out for this
    study is not, so that the features serve other seeds too. Nothing trains on it.
    """
    stated = "test" in study.header["data"]["stated_splits"]
    pool = [i for i, row in enumerate(rows) if not (stated and row["split"] == "test")]
    return Task(
        pool=np.array(pool, dtype=np.int64),
        paths=tuple(rows[i]["path"] for i in pool),
        digests=tuple(rows[i]["digest"] for i in pool),
        labels=np.array([rows[i]["label"] for i in pool], dtype=np.int64),
        classes=tuple(study.classes),
        weights=study.header["weights"]["source"],
        cache=cache,
        objective=study.objective,
        seed=study.header["seed"],
    )


def rows_of(rows: list[dict[str, Any]], split: str) -> np.ndarray:
    """Return the indices of the images in a split, int64."""
    return np.array([i for i, row in enumerate(rows) if row["split"] == split], dtype=np.int64)


def is_begun(folder: Path) -> bool:
    """Whether a study is in the folder: a search that was killed before its log's first line was whole began none."""
    return bool(StudyLog(folder / LOG).read())


def refuse_another_search(folder: Path, header: dict[str, Any]) -> None:
    """Raise `SearchError` if there is a study in the folder and this header begins another search."""
    if not is_begun(folder):
        return
    study = load_study(folder)
    missing = [key for key in header if key not in study.header]
    if missing:
        raise SearchError(
            f"{study.folder} was begun by another version or is damaged: its header has no {', '.join(missing)}. "
            "Give another folder with --study DIR."
        )
    differences = [
        f"{what} ({_shown(there)} there, {_shown(here)} here)"
        for what, keys in _MUST_AGREE.items()
        if (there := _at(study.header, keys)) != (here := _at(header, keys))
    ]
    differences += _domain_differences(study.header["space"], header["space"])
    differences += _weight_differences(study.header["weights"], header["weights"])
    if differences:
        more = f"; and {len(differences) - 5} more" if len(differences) > 5 else ""
        raise SearchError(
            f"{study.folder} holds another search, which differs in {'; '.join(differences[:5])}{more}. "
            "Give the same options to go on with it, or another folder with --study DIR."
        )


def _domain_differences(there: dict, here: dict) -> list[str]:
    if there["name"] != here["name"]:
        return []
    return [
        f"{name} ({_domain(there['domains'].get(name))} there, {_domain(domain)} here)"
        for name, domain in here["domains"].items()
        if there["domains"].get(name) != domain
    ]


def _weight_differences(there: dict, here: dict) -> list[str]:
    return [
        f"the weights of {name}"
        for name in here["digests"]
        if name in there["digests"] and there["digests"][name] != here["digests"][name]
    ]


def _domain(domain: dict | None) -> str:
    if domain is None:
        return "nothing"
    if domain["kind"] == "choice":
        return "/".join(map(str, domain["values"]))
    return f"{domain['low']:g} to {domain['high']:g}"


def _at(header: dict[str, Any], keys: tuple[str, ...]) -> Any:
    value: Any = header
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _shown(value: Any) -> str:
    text = str(value)
    return f"{text[:8]}…" if len(text) == 64 else text


def _images_csv(root: Path, rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    repeats = range(len(rows[0]["folds"]) if rows else 0)
    writer.writerow(["index", "path", "label", "split", "digest", *(f"fold_{r}" for r in repeats)])
    for i, row in enumerate(rows):
        path = row["path"]
        path = path.relative_to(root) if path.is_relative_to(root) else path
        writer.writerow(
            [i, path.as_posix(), row["label"], row["split"], row["digest"], *row["folds"]]
        )
    return text.getvalue().encode(errors="surrogateescape")


def _restore(file: Path, content: bytes) -> None:
    """Write what the log or the data say should be there, if it is not."""
    if not file.exists() or file.read_bytes() != content:
        write_beside(file, content)
