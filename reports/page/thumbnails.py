"""Small images for the page, as JPEG inside of it; an image that is missing or broken is survived."""

from __future__ import annotations

import base64
import io
from pathlib import Path

SIDE = 168  # pixels: sharp enough at the size of a thumb, about 6 kB
QUALITY = 72


def thumbnail(root: str | Path, path: str) -> str | None:
    """Return a data address of the image at `path` under `root`, at most SIDE pixels wide and high.

    None when there is no such image or it cannot be read.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(Path(root) / path) as opened:
            opened.draft("RGB", (2 * SIDE, 2 * SIDE))
            turned = ImageOps.exif_transpose(opened)
            turned.thumbnail((SIDE, SIDE))
            small = _rgb(turned)
        written = io.BytesIO()
        small.save(written, "JPEG", quality=QUALITY, optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode()


def _rgb(image):
    """Transparent parts become white, gray of more than 8 bits is scaled by its own range."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        low, high = image.getextrema()
        image = image.convert("F").point(lambda v: (v - low) * 255 / max(high - low, 1))
        return image.convert("L").convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")
