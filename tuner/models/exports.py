"""Hands a study's retrained model over. Adding a format is one function and one row of `EXPORTS`."""

import shutil
from collections.abc import Callable
from pathlib import Path

from ...reports import Study, replacing
from ..errors import SearchError
from .card import card_file, labels_file


def export_best(study: Study, out: str | Path) -> list[Path]:
    """Write the retrained model to `out`, with its labels and card beside it; return the files written.

    Raises:
        SearchError: nothing was retrained yet, `out` names no known format or a folder, or its folder is missing.
    """
    out = Path(out)
    if out.suffix not in EXPORTS:
        raise SearchError(f"{out} must end in {' or '.join(EXPORTS)}, which decides the format.")
    if not out.parent.is_dir():
        raise SearchError(f"There is no folder {out.parent} to write {out.name} to; make it first.")
    if out.is_dir():
        raise SearchError(
            f"{out} is a folder; give the name of a file in it, such as {out / 'm.keras'}."
        )
    model = study.paths.model
    if not model.is_file():
        raise SearchError(f"{study.folder} has no retrained model yet; run `tune retrain` first.")
    missing = [f.name for f in (labels_file(model), card_file(model)) if not f.is_file()]
    if missing:
        raise SearchError(
            f"{model.parent} has lost {' and '.join(missing)}; `tune retrain --again` makes the model anew."
        )
    return EXPORTS[out.suffix](model, out)


def _keras(model: Path, out: Path) -> list[Path]:
    files = {model: out, labels_file(model): labels_file(out), card_file(model): card_file(out)}
    for source, target in files.items():
        with replacing(target) as beside:
            shutil.copyfile(source, beside)
    return list(files.values())


EXPORTS: dict[str, Callable[[Path, Path], list[Path]]] = {".keras": _keras}
