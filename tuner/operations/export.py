"""Exports a study's retrained model to a file outside the study."""

from pathlib import Path

from ...reports import Study
from ..errors import SearchError
from ..models.card import card_file, labels_file
from ..models.exports.formats import EXPORTS


def export_best(study: Study, out: str | Path) -> list[Path]:
    """Write the retrained model to `out`, with its labels and card beside it; return the files written.

    Raises:
        SearchError: The study has no retrained model, `out` has no known suffix or is a folder, or the folder to
            write to is missing.
    """
    out = Path(out)
    if out.suffix not in EXPORTS:
        raise SearchError(f"The file must end in {' or '.join(EXPORTS)}, but got {out}.")
    if not out.parent.is_dir():
        raise SearchError(f"There is no folder {out.parent} to write {out.name} to; make it first.")
    if out.is_dir():
        raise SearchError(
            f"{out} is a folder; give the name of a file, such as {out / 'flowers.keras'}."
        )
    model = study.paths.model
    if not model.is_file():
        raise SearchError(f"{study.folder} has no retrained model yet; run `tune retrain` first.")
    missing = [f.name for f in (labels_file(model), card_file(model)) if not f.is_file()]
    if missing:
        raise SearchError(
            f"{model.parent} lacks {' and '.join(missing)}; `tune retrain --again` makes them again."
        )
    return EXPORTS[out.suffix](model, out)
