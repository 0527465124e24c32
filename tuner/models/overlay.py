"""An image under the colours of a map."""

import io

import numpy as np

# How much of the colour of a map covers the image.
_SHARE = 0.5
_QUALITY = 90


def overlay_jpeg(pixels: np.ndarray, places: np.ndarray) -> bytes:
    """Return an image, uint8 (size, size, 3), under a map (size, size) of 0 to 1, from blue to red, as JPEG."""
    import matplotlib
    from PIL import Image

    colours = matplotlib.colormaps["turbo"](places)[..., :3] * 255
    mixed = (1 - _SHARE) * pixels + _SHARE * colours
    file = io.BytesIO()
    Image.fromarray(mixed.round().astype(np.uint8)).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
