"""How to repeat the search: the command, and all that must be the same."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from ..header import whole_header

if TYPE_CHECKING:
    from ...study.study import Study


def repeat(study: Study) -> dict[str, Any]:
    """Give back the command, seed, limits, versions and digests."""
    header = whole_header(study)
    weights = (header.get("weights") or {}).get("digests") or {}
    return {
        "header": header,
        "digest": header["data"].get("digest"),
        "weights": {name: digest for name, digest in weights.items() if digest},
        "tensorboard": shlex.join(["tensorboard", "--logdir", str(study.folder / "tensorboard")]),
    }
