"""What a trial that ran out of memory is tried with once more."""

import math
from typing import Any


def with_half_the_batch(recipe: dict[str, Any], images: int) -> dict[str, Any] | None:
    """Return the recipe with half the batch and as many steps an epoch as before; None if it has no batch to halve.

    Args:
        recipe: the values of a `Recipe`.
        images: how many it trained on.
    """
    size = min(recipe.get("batch_size", 1), images)
    if size < 2:
        return None
    steps = recipe["steps_per_epoch"]
    steps = math.ceil(images / size) if steps == "full" else steps
    return {**recipe, "batch_size": size // 2, "steps_per_epoch": steps}
