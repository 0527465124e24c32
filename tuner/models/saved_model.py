"""The retrained model that a study keeps: whether all its files are there, and are those that the log names."""

import hashlib
import shlex
from pathlib import Path

from ...reports import StudyFacts
from .card import card_file, labels_file


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def damage_of(study: StudyFacts) -> str | None:
    """Return what is wrong with the model of a retrained study and how to restore it; None when its files are whole."""
    model, last = study.paths.model, study.retrains[-1]
    files = (model, labels_file(model), card_file(model))
    missing = [file.relative_to(study.folder).as_posix() for file in files if not file.is_file()]
    if missing:
        damage = f"{study.folder} lacks {', '.join(missing)}"
    elif file_digest(model) != last.digest:
        damage = f"{model} is not the file that the retraining wrote"
    else:
        return None
    command = shlex.join(["tune", "retrain", str(study.folder), "--trial", str(last.trial)])
    return f"{damage}; restore it with `{command}`."
