"""Finds the weights file of a backbone in a folder."""

from pathlib import Path

from ...search_spaces import BACKBONES, Backbone
from ..errors import SearchError
from .packages import missing_packages

SHIPPED = Path(__file__).parent / "shipped_weights"


def weights_file(row: Backbone, folder: str | Path) -> Path:
    """Return the backbone's weights file in a folder, under either of its names."""
    for name in row.weights_files:
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    if row.shipped:
        return SHIPPED / row.weights_files[0]
    raise SearchError(
        f"No weights for {row.name} in {folder}: looked for {' and '.join(row.weights_files)}."
    )


def missing_weights(names: list[str], folder: str) -> list[str]:
    """Return one message for each backbone whose weights file is not in the folder."""
    missing = []
    for name in (name for name in names if not BACKBONES[name].from_scratch):
        try:
            weights_file(BACKBONES[name], folder)
        except SearchError as error:
            missing.append(str(error))
    return missing


def weights_mistakes(backbones: list[str], weights: str) -> list[str]:
    """Say what is wrong with where the weights of some backbones shall come from, or which packages they lack."""
    if missing := missing_packages(backbones):
        return missing
    if weights in ("imagenet", "none"):
        return []
    if not Path(weights).is_dir():
        return [f"weights must be imagenet, none or a folder, but there is no folder {weights}."]
    return missing_weights(backbones, weights)


def absolute_weights(weights: str | Path) -> str:
    """Return where weights come from, as it reads from any folder."""
    return str(weights) if str(weights) in ("imagenet", "none") else str(Path(weights).resolve())
