"""The lines of Python in cards and examples: they open an image as the program does."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from PIL import Image, ImageOps

from transfertune.datasets import GrayScale, decode
from transfertune.tuner.models.example import RESIZING, opening
from transfertune.tuner.models.labels import Labels

SIZE = 16
VALUES = np.random.default_rng(0).integers(0, 4096, (40, 30))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("8.png", (VALUES // 16).astype(np.uint8)),
        ("12.png", VALUES.astype(np.uint16)),
        ("16.png", (VALUES * 16).astype(np.uint16)),
        ("32.tiff", VALUES.astype(np.int32)),
        ("float.tiff", (VALUES / 7).astype(np.float32)),
        ("flat.png", np.full((40, 30), 300, np.uint16)),
    ],
)
@pytest.mark.parametrize("known", [(), (("uint16", 0, 4095),)])
def test_gray_of_any_kind_is_opened_as_by_the_program(tmp_path, name, values, known):
    """Also of a kind that no training image has."""
    file, gray = tmp_path / name, GrayScale(known)
    Image.fromarray(values).save(file)
    lines = opening(Labels(("a", "b"), SIZE, "crop", gray=gray)) + "\n" + RESIZING["crop"]
    names = {"Image": Image, "ImageOps": ImageOps, "np": np, "path": file, "size": SIZE}
    exec(textwrap.dedent(lines), names)  # noqa: S102
    np.testing.assert_array_equal(np.asarray(names["image"]), decode(file, SIZE, "crop", gray=gray))
