"""Exports a model as a .keras file with its labels and card beside it."""

import shutil
from pathlib import Path

from ....reports import replacing, write_beside
from ..card import card_file, labels_file


def export_keras(model: Path, out: Path) -> list[Path]:
    """Copy the model file, its labels and its card, which names the new file; return the files written."""
    for source, target in ((model, out), (labels_file(model), labels_file(out))):
        with replacing(target) as beside:
            shutil.copyfile(source, beside)
    card = card_file(model).read_text("utf-8").replace(model.name, out.name)
    return [out, labels_file(out), write_beside(card_file(out), card.encode())]
