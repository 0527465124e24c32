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
_GRAY = """    if image.mode[0] in "IF":  # gray of more than 8 bits: which values are black and white
        values = np.asarray(image, float)
        black, white = {ranges}.get(image.mode, (values.min(), values.max()))
        if image.mode not in {ranges} and "16" in image.mode and white - black > 2**15:
            black, white = 0, 65535
        values = (values - black) * (255.0 / (white - black) if white > black else 0.0)
        image = Image.fromarray(np.rint(values).clip(0, 255).astype(np.uint8))
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
    ranges = {
        mode: (black, white) for kind, black, white in labels.gray.ranges for mode in _MODES[kind]
    }
    return f'{_OPENING}{_GRAY.format(ranges=ranges)}    image = image.convert("RGB")'


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
