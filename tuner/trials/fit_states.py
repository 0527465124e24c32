"""Where an unfinished fit stands: the checkpoints in a trial's folder."""

from pathlib import Path

from ...reports import TrialPaths
from ..training.checkpoint import FitState


def forget_states(paths: TrialPaths) -> None:
    """Delete a trial's checkpoints, which only serve to go on."""
    for file in paths.states():
        file.unlink(missing_ok=True)


def read_state(file: Path, key: str) -> FitState | None:
    """Return a checkpoint that was kept for a key, None when it is missing, damaged or of another."""
    try:
        state = FitState.load(file)
    except Exception:  # a torn archive raises almost anything; the fit then starts over
        return None
    return state if state.key == key else None
