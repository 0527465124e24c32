"""An image under the colours of a map."""

import io
from pathlib import Path

import numpy as np

# How much of the colour of a map covers the image.
_SHARE = 0.5
_QUALITY = 90
# What tells an overlay from a person's own images.
_COMMENT = b"overlay by transfertune"


def overlay_jpeg(pixels: np.ndarray, places: np.ndarray) -> bytes:
    """Return an image, uint8 (size, size, 3), under a map (size, size) of 0 to 1, from blue to red, as JPEG."""
    import matplotlib
    from PIL import Image

    colours = matplotlib.colormaps["turbo"](places)[..., :3] * 255
    mixed = (1 - _SHARE) * pixels + _SHARE * colours
    file = io.BytesIO()
    image = Image.fromarray(mixed.round().astype(np.uint8))
    image.save(file, "JPEG", quality=_QUALITY, comment=_COMMENT)
    return file.getvalue()


def is_overlay(file: Path) -> bool:
    """Return whether a file is a JPEG that `overlay_jpeg` made."""
    from PIL import Image

    try:
        with Image.open(file, formats=["JPEG"]) as image:
            return image.info.get("comment") == _COMMENT
    except OSError:
        return False
