"""Left and right matter where mirrored images look like images of other classes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from transfertune.datasets import check_dataset, load_dataset


def arrow(rng: np.random.Generator, *, left: bool) -> Image.Image:
    """Return a noisy arrow of 48 pixels to the left or to the right."""
    image = Image.fromarray(rng.integers(0, 90, (48, 48, 3), dtype=np.uint8))
    x, y, length = rng.integers(4, 10), rng.integers(18, 30), rng.integers(24, 32)
    pen, colour = ImageDraw.Draw(image), tuple(rng.integers(180, 256, 3).tolist())
    pen.line((x, y, x + length, y), fill=colour, width=5)
    pen.polygon(((x + length + 8, y), (x + length - 6, y - 10), (x + length - 6, y + 10)), colour)
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if left else image


@pytest.fixture
def check(tmp_path):
    """Check images that are given by class."""

    def check_images(images):
        for name, several in images.items():
            (tmp_path / "images" / name).mkdir(parents=True)
            for number, image in enumerate(several):
                image.save(tmp_path / "images" / name / f"{number}.png")
        dataset = load_dataset(tmp_path / "images", cache=tmp_path / "cache")
        return check_dataset(dataset, cache=tmp_path / "cache")

    return check_images


def test_arrows_to_both_sides(check):
    """The finding has the numbers, and says what a search does."""
    rng = np.random.default_rng(0)
    sides = {"left": True, "right": False}
    found = check({n: [arrow(rng, left=left) for _ in range(20)] for n, left in sides.items()})
    (finding,) = (one for one in found.findings if one.kind == "sides")
    assert finding.severity == "notice"
    assert "has the same class for 40 of 40 images, and for 0 of their mirror images" in (
        finding.sentence
    )
    assert "--set predict_views=mirror" in finding.sentence


def test_arrows_and_lines(check):
    """What is in both classes to both sides keeps its class in a mirror."""
    rng = np.random.default_rng(0)
    noise = [Image.fromarray(rng.integers(0, 255, (48, 48, 3), dtype=np.uint8)) for _ in range(20)]
    found = check({"arrow": [arrow(rng, left=i % 2 == 0) for i in range(20)], "noise": noise})
    assert not [one for one in found.findings if one.kind == "sides"]


def test_few_images_say_nothing(check):
    """Three arrows a side may be chance."""
    rng = np.random.default_rng(0)
    sides = {"left": True, "right": False}
    found = check({n: [arrow(rng, left=left) for _ in range(3)] for n, left in sides.items()})
    assert not [one for one in found.findings if one.kind == "sides"]
