"""Recognizes a lack of memory, and says what to try instead: half the batch, once."""

import math
from typing import Any

from ..errors import WorkerDeath

_SIGNS = ("ResourceExhausted", "RESOURCE_EXHAUSTED", "OutOfMemory", "out of memory")


def is_out_of_memory(error: Exception) -> bool:
    """Return whether an error of TensorFlow, JAX, PyTorch, NumPy or a worker says that memory ran out."""
    if isinstance(error, WorkerDeath):
        return error.out_of_memory
    text = f"{type(error).__name__} {error}"
    return isinstance(error, MemoryError) or any(sign in text for sign in _SIGNS)


def with_half_the_batch(recipe: dict[str, Any], images: int) -> tuple[dict[str, Any], str] | None:
    """Return the recipe with half the batch, and a note that says so; None if there is no batch to halve.

    An epoch keeps its number of steps.

    Args:
        recipe: The values of a `Recipe`.
        images: The number of images that it trained on.
    """
    size = min(recipe.get("batch_size", 1), images)
    if size < 2:
        return None
    steps = recipe["steps_per_epoch"]
    steps = math.ceil(images / size) if steps == "full" else steps
    smaller = {**recipe, "batch_size": size // 2, "steps_per_epoch": steps}
    return smaller, f"ran out of memory with batches of {recipe['batch_size']}, so half of it"
