"""How long a backbone takes for an image on this machine, measured once and kept in the cache."""

import hashlib
import json
import os
import platform
import time
from pathlib import Path

import keras
import numpy as np

from ...reports import write_beside
from .backbone import Base
from .inference import predict_batch

_BATCH = 8
# A large network takes long enough to be measured in one call.
_TIMES, _LONG = 3, 0.3


def backbone_milliseconds(base: Base, cache: Path) -> float:
    """Return the median time of an image in batches of 8, in milliseconds."""
    content = {
        "backbone": base.row.name,
        "size": base.size,
        "machine": [platform.node(), platform.machine(), os.cpu_count()],
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
    }
    name = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
    file = cache / "latency" / f"{name}.json"
    try:
        return float(json.loads(file.read_bytes())["milliseconds"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    measured = _measure(base)
    write_beside(file, json.dumps({**content, "milliseconds": measured}).encode())
    return measured


def _measure(base: Base) -> float:
    pixels = np.zeros((_BATCH, base.size, base.size, 3), np.float32)
    predict_batch(base.network, [pixels], _BATCH)  # compiles
    times: list[float] = []
    while len(times) < _TIMES and sum(times) < _LONG:
        started = time.perf_counter()
        predict_batch(base.network, [pixels], _BATCH)
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times)) / _BATCH
