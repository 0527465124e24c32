"""Previews show training images and what is made of them."""

from __future__ import annotations

import numpy as np

from transfertune.datasets import augment, decode, load_dataset, preview_mix, preview_views


def test_a_row_is_an_image_and_its_views(make_folder, tmp_path):
    """The first cell is the image, the next its first view as training sees it."""
    root = make_folder({"train/a": 3, "train/b": 3, "test/a": 5, "test/b": 5})
    dataset = load_dataset(root, cache=tmp_path / "cache")
    shape = {"images": 4, "views": 3, "size": 32, "seed": 2}
    grid = np.asarray(preview_views(dataset, "medium", **shape))
    assert grid.shape[1] == 4 + 4 * 36
    cell, view = grid[28:60, 4:36], grid[28:60, 40:72]
    originals = {
        i: decode(image.path, 32)
        for i, image in enumerate(dataset.images)
        if image.split == "train"
    }
    shown = [i for i, pixels in originals.items() if np.array_equal(pixels, cell)]
    assert len(shown) == 1
    made = augment(originals[shown[0]], "medium", seed=2, image=shown[0], view=0)
    assert np.array_equal(made, view)


def test_mixes_are_shown(make_folder, tmp_path):
    """A mix needs no more than its name."""
    dataset = load_dataset(make_folder({"a": 3, "b": 3}), cache=tmp_path / "cache")
    shape = {"images": 4, "views": 2, "size": 24, "seed": 0}
    assert preview_mix(dataset, "cutmix", alpha=1, **shape).size == (4 + 3 * 28, 14 + 4 + 4 * 42)
