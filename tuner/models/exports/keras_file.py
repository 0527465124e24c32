"""Exports a model as a .keras file with its labels and card beside it."""

import shutil
from pathlib import Path

from ....reports import replacing
from ..card import card_file, labels_file


def export_keras(model: Path, out: Path) -> list[Path]:
    """Copy the model file, its labels and its card; return the files written."""
    files = {model: out, labels_file(model): labels_file(out), card_file(model): card_file(out)}
    for source, target in files.items():
        with replacing(target) as beside:
            shutil.copyfile(source, beside)
    return list(files.values())
