"""Images that show the same are found however they were changed, and others are left alone."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import (
    DRAWN_CLASSES,
    SHAPES,
    draw_images,
    find_duplicates,
    groups_of,
    load_dataset,
)
from transfertune.datasets.duplicates.candidates import find_candidates
from transfertune.datasets.duplicates.search import SEARCHING
from transfertune.datasets.statistics.descriptors import BOXES, crop_descriptors, image_descriptors

CHANGES = {
    "bright": lambda image: image.point(lambda value: min(255, int(1.1 * value) + 5)),
    "corner": lambda image: image.crop((0, 0, 110, 110)),
    "cropped": lambda image: image.crop((15, 20, 140, 145)),
    "gray": lambda image: image.convert("L"),
    "larger": lambda image: image.resize((400, 400)),
    "mirrored and cropped": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop(
        (10, 25, 140, 155)
    ),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "recompressed": lambda image: image,
    "smaller": lambda image: image.resize((70, 70)),
    "turned": lambda image: image.transpose(Image.Transpose.ROTATE_90),
}


@pytest.fixture(scope="module")
def drawn() -> list[Image.Image]:
    """Images of 160 pixels, one of each shape."""
    pixels, _ = draw_images(tuple(SHAPES), 1, 160, 3)
    return [Image.fromarray(one) for one in pixels]


@pytest.fixture
def folder(drawn, tmp_path) -> Path:
    """All drawn images in two classes."""
    for i, image in enumerate(drawn):
        path = tmp_path / "images" / "ab"[i % 2] / f"{i:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    return tmp_path / "images"


def alike(folder: Path, cache: Path) -> list[list[str]]:
    """Return the names of the images in each group that was found."""
    dataset = find_duplicates(load_dataset(folder, cache=cache), cache=cache)
    return [[dataset.images[i].path.stem for i in group] for group in dataset.duplicates]


def test_each_change_is_seen_through(folder, drawn, tmp_path):
    """One group for each original and its changed copy, and none else."""
    for i, change in enumerate(CHANGES.values()):
        change(drawn[i]).save(folder / f"b/x{i:02d}.jpg", quality=60)
    expected = {frozenset({f"{i:02d}", f"x{i:02d}"}) for i in range(len(CHANGES))}
    assert set(map(frozenset, alike(folder, tmp_path / "cache"))) == expected


def test_clean_images_are_left_alone(folder, tmp_path):
    """Different images of the same kinds are no duplicates."""
    assert alike(folder, tmp_path / "cache") == []


def test_small_images_are_told_apart(tmp_path):
    """Shapes of the same classes at 48 pixels are no duplicates; a recompressed one is."""
    pixels, _ = draw_images(DRAWN_CLASSES, 30, 48, 1)
    for i, one in enumerate(pixels):
        path = tmp_path / "s" / "ab"[i % 2] / f"{i:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(one).save(path)
    Image.fromarray(pixels[5]).save(tmp_path / "s/a/again.jpg", quality=80)
    assert alike(tmp_path / "s", tmp_path / "cache") == [["again", "005"]]


def test_images_of_nothing_are_left_alone(tmp_path):
    """Plain grounds agree in everything and show nothing."""
    for i in range(8):
        path = tmp_path / "plain" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 60 + i), (30 * i, 90, 200)).save(path)
    assert alike(tmp_path / "plain", tmp_path / "cache") == []


def test_the_result_is_stored(folder, drawn, tmp_path, caplog):
    """A second look at the same images takes the result of the first."""
    caplog.set_level(logging.INFO, logger="transfertune.datasets.duplicates.search")
    drawn[0].save(folder / "a/again.jpg")
    found = alike(folder, tmp_path / "cache")
    assert alike(folder, tmp_path / "cache") == found == [["00", "again"]]
    assert sum(record.msg == SEARCHING for record in caplog.records) == 1


def test_chains_are_one_group(folder, drawn, tmp_path):
    """Three copies of one image are one group, an exact copy joins through `groups_of`."""
    drawn[4].save(folder / "a/x.jpg", quality=70)
    drawn[4].resize((90, 90)).save(folder / "a/y.jpg")
    (folder / "b/z.jpg").write_bytes((folder / "a/y.jpg").read_bytes())
    cache = tmp_path / "cache"
    dataset = find_duplicates(load_dataset(folder, cache=cache), cache=cache)
    groups = groups_of(dataset)
    names = [dataset.images[i].path.stem for i in np.flatnonzero(np.bincount(groups)[groups] > 1)]
    assert names == ["04", "x", "y", "z"]
    assert dataset.digest != load_dataset(folder, cache=cache).digest


def test_cells_find_what_comparing_each_with_each_finds(monkeypatch):
    """Sorting images into cells changes the speed, not the nearest views."""
    pixels, _ = draw_images(tuple(SHAPES), 24, 32, 5)
    thumbs = np.stack([np.asarray(Image.fromarray(one).convert("L")) for one in pixels])
    copies = thumbs[::6, :, ::-1]
    thumbs = np.concatenate([thumbs, copies])
    whole = find_candidates(thumbs)
    monkeypatch.setattr("transfertune.datasets.duplicates.candidates.ALL_IN_ONE", 100)
    monkeypatch.setattr("transfertune.datasets.duplicates.candidates._PER_CELL", 32)
    cells = find_candidates(thumbs)
    planted = {(6 * i, len(pixels) + i) for i in range(len(copies))}
    for found in (whole, cells):
        assert planted <= set(zip(found.a.tolist(), found.b.tolist(), strict=True))


def test_the_first_view_is_the_whole_image():
    """Views are unit vectors, one for each box, and the first is what `describe` gives."""
    thumbs = np.random.default_rng(0).integers(0, 256, (3, 32, 32), dtype=np.uint8)
    views = crop_descriptors(thumbs)
    assert views.shape == (3, len(BOXES), 63)
    assert np.allclose(np.linalg.norm(views, axis=2), 1, atol=1e-5)
    assert np.allclose(views[:, 0], image_descriptors(thumbs), atol=1e-6)


def test_look_alikes_without_number_do_not_fill_the_memory():
    """Where all images are alike, each still has only its likeliest few."""
    thumb = np.asarray(Image.radial_gradient("L").resize((32, 32)))
    rng = np.random.default_rng(0)
    thumbs = np.clip(thumb + rng.normal(0, 2, (300, 32, 32)), 0, 255).astype(np.uint8)
    found = find_candidates(thumbs)
    assert np.bincount(found.a).max() <= 8
