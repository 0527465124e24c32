"""How to repeat the search: the command, and all that must be the same."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...ranking.study import Study


def repeat(study: Study) -> dict[str, Any]:
    """Return the command, seed, limits, versions and digests."""
    header = study.header
    return {
        "header": header,
        "limits": asdict(header.limits),
        "tensorboard": shlex.join(["tensorboard", "--logdir", str(study.paths.tensorboard)]),
    }
