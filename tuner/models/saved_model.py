"""The retrained model that a study keeps: whether it is there, and is the one that the log names."""

import hashlib
import shlex
from pathlib import Path

from ...reports import StudyFacts


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def damage_of(study: StudyFacts) -> str | None:
    """Return what is wrong with the model of a retrained study and how to restore it; None when it is whole."""
    model, last = study.paths.model, study.retrains[-1]
    if not model.is_file():
        damage = f"{study.folder} lacks {model.relative_to(study.folder).as_posix()}"
    elif file_digest(model) != last.digest:
        damage = f"{model} is not the file that the retraining wrote"
    else:
        return None
    command = shlex.join(["tune", "retrain", str(study.folder), "--trial", str(last.trial)])
    return f"{damage}; restore it with `{command}`."
