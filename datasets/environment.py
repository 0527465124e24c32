"""The environment variables that reading images obeys; the tuner's reference lists them beside its own."""

import os

from .errors import DataError

MAX_PIXELS = 100_000_000
_MAX_PIXELS = "TRANSFERTUNE_MAX_PIXELS"
# Name: kind, default, meaning.
ENVIRONMENT: dict[str, tuple[str, str, str]] = {
    _MAX_PIXELS: (
        "number",
        f"{MAX_PIXELS:_}",
        "The most pixels of an image; larger images are listed and left out.",
    ),
}


def pixel_limit() -> int:
    """Return the most pixels of an image.

    Raises:
        DataError: The variable is not a whole number above 0.
    """
    text = os.environ.get(_MAX_PIXELS, str(MAX_PIXELS)).replace("_", "")
    if not text.isdecimal() or int(text) == 0:
        raise DataError(f"{_MAX_PIXELS} must be a whole number of pixels above 0, but got {text!r}")
    return int(text)
