"""Where a fit stands after an epoch: enough to go on as if nothing had happened.

Kept as one `.npz` file without pickles: arrays as they are, everything else as one JSON text.
"""

import io
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...reports import write_beside


@dataclass
class FitState:
    """The state of a fit.

    `weights` and `optimizer` are the variables of the model in training after the last epoch, `best` the
    model's weights after the epoch with the lowest validation loss. `history` has one row an epoch. Epochs
    count from 1; `stage` is the name of the one that ran last. `key` names the fit that the state belongs to.
    """

    key: str = ""
    epoch: int = 0
    stage: str = ""
    stage_epoch: int = 0
    rate: float = 0.0
    best_loss: float = math.inf
    best_epoch: int = 0
    wait: int = 0
    plateau_wait: int = 0
    stopped: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)
    weights: list[np.ndarray] = field(default_factory=list)
    optimizer: list[np.ndarray] = field(default_factory=list)
    best: list[np.ndarray] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write the state beside its place and rename it."""
        values = asdict(self)
        arrays = {
            f"{name}_{i}": array
            for name in ("weights", "optimizer", "best")
            for i, array in enumerate(values.pop(name))
        }
        if math.isinf(self.best_loss):
            values["best_loss"] = None
        file = io.BytesIO()
        np.savez(file, state=np.array(json.dumps(values)), **arrays)
        write_beside(path, file.getvalue())

    @classmethod
    def load(cls, path: Path) -> "FitState":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            values = json.loads(str(file["state"]))
            for name in ("weights", "optimizer", "best"):
                count = sum(key.startswith(f"{name}_") for key in file.files)
                values[name] = [file[f"{name}_{i}"] for i in range(count)]
        if values["best_loss"] is None:
            values["best_loss"] = math.inf
        return cls(**values)
