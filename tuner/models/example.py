"""A script beside an exported model that classifies images with the model's runtime alone."""

import json
from pathlib import Path

from .exports.formats import FORMATS
from .labels import Labels

_SCRIPT = '''"""Classify images: python {script} IMAGE ...

It needs: pip install {requirements}
"""

import json
import pathlib
import sys
{imports}
import numpy as np
from PIL import Image, ImageOps

FILE = str(pathlib.Path(__file__).with_name({name}))
{load}

def pixels_of(path, size={size}):
    """Return an opaque image as the model takes it, float32 (1, size, size, 3), values 0..255."""
{opening}
{resize}
    return np.asarray(image, np.float32)[None]


if not sys.argv[1:]:
    sys.exit(__doc__)
for path in sys.argv[1:]:
    found = probabilities(pixels_of(path))[0]
    print(path, labels["classes"][found.argmax()], f"{{found.max():.6f}}")
'''
_OPENING = """    image = Image.open(path)
    image.draft(None, (2 * size, 2 * size))
    image = ImageOps.exif_transpose(image)
"""
_GRAY = """    if image.mode in {factors}:  # black, and the factor that makes white 255
        black, factor = {factors}[image.mode]
        values = np.rint((np.asarray(image, float) - black) * factor).clip(0, 255)
        image = Image.fromarray(values.astype(np.uint8))
"""
_MODES = {"uint16": ("I;16", "I;16B"), "int32": ("I",), "float32": ("F",)}
RESIZING = {
    "crop": """    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    image = image.resize((size, size), Image.Resampling.BILINEAR, box=box, reducing_gap=3.0)""",
    "stretch": """    image = image.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=3.0)""",
    "pad": """    scale = size / max(image.size)
    inner = tuple(max(1, round(side * scale)) for side in image.size)
    small = image.resize(inner, Image.Resampling.BILINEAR, reducing_gap=3.0)
    image = Image.new("RGB", (size, size))
    image.paste(small, ((size - inner[0]) // 2, (size - inner[1]) // 2))""",
}
"""Lines of Python that make `image` square, of `size` pixels a side, as `decode` does; by the name of the resizing."""


def opening(labels: Labels) -> str:
    """Return lines of Python that open the image at `path` upright and opaque, as `decode` does, as RGB."""
    factors = {
        mode: (black, 255.0 / (white - black) if white > black else 0.0)
        for kind, black, white in labels.gray.ranges
        for mode in _MODES[kind]
    }
    gray = _GRAY.format(factors=factors) if factors else ""
    return f'{_OPENING}{gray}    image = image.convert("RGB")'


def example_file(model: Path) -> Path:
    """Return where the script of a model lies: beside it."""
    kind = model.suffix.removeprefix(".") or "saved_model"
    return model.with_name(f"{model.stem}_{kind}_example.py")


def example_code(model: Path, labels: Labels) -> str:
    """Return a script that lies beside a model and prints the class of each image."""
    kind = FORMATS[model.suffix]
    return _SCRIPT.format(
        script=example_file(model).name,
        requirements=" ".join(kind.requirements),
        name=json.dumps(model.name),
        imports=kind.imports,
        load=kind.example,
        size=labels.image_size,
        opening=opening(labels),
        resize=RESIZING[labels.resize],
    )
