"""Exports a study's retrained model to a file outside the study."""

from pathlib import Path

from ...reports import Study
from ..errors import SearchError
from ..models.exports.formats import EXPORTS
from ..models.saved_model import damage_of


def export_best(study: Study, out: str | Path) -> list[Path]:
    """Write the retrained model to `out`, with its labels and card beside it; return the files written.

    Raises:
        SearchError: The study has no retrained model or a damaged one, `out` has no known suffix or is a folder, or
            the folder to write to is missing.
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
    if not study.retrains:
        raise SearchError(f"{study.folder} has no retrained model yet; run `tune retrain` first.")
    damage = damage_of(study)
    if damage is not None:
        raise SearchError(damage)
    return EXPORTS[out.suffix](study.paths.model, out)
