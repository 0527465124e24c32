"""The data check finds what was planted and is silent on a clean set."""

from __future__ import annotations

import io
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import (
    DataError,
    check_content,
    check_dataset,
    find_duplicates,
    load_dataset,
    split_dataset,
    write_regrouped,
)


@pytest.fixture
def check(tmp_path):
    """Load and check a folder."""
    cache = tmp_path / "cache"
    return lambda root, **options: check_dataset(
        load_dataset(root, cache=cache), cache=cache, **options
    )


def kinds(found) -> list[str]:
    """Return the kinds of the findings, in their order."""
    return [finding.kind for finding in found.findings]


def test_a_clean_set_has_facts_and_no_findings(make_folder, draw, check):
    """Counts, sizes and modes are told; nothing is complained about."""
    root = make_folder({})
    for name in "ab":
        for number in range(5):
            draw(root / name / f"{number}.png", (40, 50 + number))
    gray = np.random.default_rng(0).integers(0, 256, (90, 100), dtype=np.uint8)
    Image.fromarray(gray).save(root / "a/gray.jpg")
    found = check(root)
    assert (found.name, found.images, found.findings) == ("pets", 11, ())
    assert found.counts["a"] == {"train": 0, "validation": 0, "test": 0, "not stated": 6}
    assert found.shares["a"] == {"not stated": 6 / 11}
    assert (found.smallest, found.largest) == ((40, 50), (100, 90))
    assert found.sizes[40, 50] == 2
    assert len(found.sizes) == 6
    assert found.modes == {"RGB": 10, "L": 1}
    assert found.formats == {"PNG": 10, "JPEG": 1}


def test_planted_faults_are_found(make_folder, draw, check):
    """Copies, leaks, conflicting labels, unreadable and tiny images, imbalance: one finding each."""
    root = make_folder({"train/a": 9, "train/b": 3, "test/a": 2, "test/b": 2})
    shutil.copy(root / "train/a/000.png", root / "train/a/copy.png")
    shutil.copy(root / "train/a/001.png", root / "test/a/leak.png")
    shutil.copy(root / "train/a/002.png", root / "train/b/wrong.png")
    (root / "train/b/zero.jpg").touch()
    for number in range(4):
        draw(root / f"train/a/big{number}.png", (64, 64))
    found = check(root)
    assert kinds(found) == ["unreadable", "conflict", "leak", "repeated", "tiny"]
    text = "\n".join(finding.sentence for finding in found.findings)
    assert "Unreadable and left out: 1 image: train/b/zero.jpg (the file is empty)." in text
    assert (
        "1 image in more than one class, so that one label is wrong (exact copies): "
        "train/a/002.png = train/b/wrong.png." in text
    )
    assert "in more than one split, which makes scores too good" in text
    assert "more than once in one class and split (exact copies): train/a/000.png = train" in text
    assert "19 images with a side below 32 pixels" in text
    assert found.findings[4].images[0] == ("test/a/000.png",)


def test_unusual_images_are_told(make_folder, draw, check):
    """Names, turns, frames and kinds of pixels that are not plain are notices with the images' names."""
    root = make_folder({})
    for number in range(12):
        draw(root / "ab"[number % 2] / f"{number:02d}.png", (40, 40))
    pixels = np.random.default_rng(0).integers(0, 256, (6, 40, 40, 3), dtype=np.uint8)
    plain = [Image.fromarray(one) for one in pixels]
    plain[0].convert("CMYK").save(root / "a/cmyk.jpg")
    Image.fromarray(pixels[1, :, :, 0].astype(np.uint16) * 257).save(root / "a/deep.png")
    gif = [one.quantize() for one in plain[2:4]]
    gif[0].save(root / "a/moving.gif", save_all=True, append_images=gif[1:])
    exif = Image.Exif()
    exif[0x0112] = 6
    plain[3].save(root / "b/turned.jpg", exif=exif)
    plain[4].convert("RGBA").save(root / "b/clear.png")
    plain[5].quantize().save(root / "b/clear_palette.png", transparency=0)
    Image.new("RGB", (40, 40), (200, 30, 60)).save(root / "b/red.jpg")
    draw(root / "b/lying.jpg", (40, 40), format="PNG")
    found = check(root)
    told = {finding.kind: finding.images for finding in found.findings}
    assert told == {
        "misnamed": (("b/lying.jpg",),),
        "rotated": (("b/turned.jpg",),),
        "animated": (("a/moving.gif",),),
        "cmyk": (("a/cmyk.jpg",),),
        "deep": (("a/deep.png",),),
        "transparent": (("b/clear.png",), ("b/clear_palette.png",)),
        "blank": (("b/red.jpg",),),
    }
    assert {finding.severity for finding in found.findings} == {"notice"}


def test_channels_are_those_of_all_pixels(make_folder, check):
    """Minimum, maximum, mean and deviation are what NumPy gives of equally large images."""
    root = make_folder({"a": 0, "b": 0})
    pixels = np.random.default_rng(1).integers(20, 200, (6, 30, 30, 3), dtype=np.uint8)
    for i, one in enumerate(pixels):
        Image.fromarray(one).save(root / "ab"[i % 2] / f"{i}.png")
    found = check(root).channels
    assert found.low == tuple(pixels.min(axis=(0, 1, 2)))
    assert found.high == tuple(pixels.max(axis=(0, 1, 2)))
    assert np.allclose(found.mean, pixels.mean(axis=(0, 1, 2)))
    assert np.allclose(found.deviation, pixels.std(axis=(0, 1, 2)))


def test_small_and_unbalanced_classes_are_found(make_folder, check):
    """A class too small to divide and one much larger than another are both mentioned."""
    found = check(make_folder({"a": 30, "b": 2}))
    assert found.findings[0].sentence.startswith("Cannot be divided: ")
    assert "'a' has 30 images, 'b' has 2" in found.findings[1].sentence


def test_classes_too_small_for_the_folds_are_named(make_folder, check):
    """Only different images that may be trained on count."""
    root = make_folder({"train/a": 6, "train/b": 5, "test/a": 9, "test/b": 9})
    shutil.copy(root / "train/b/000.png", root / "train/b/copy.png")
    assert "small" not in kinds(check(root, folds=5))
    sentence = check(root, folds=6).findings[0].sentence
    assert sentence.startswith("Too few different images for 6 folds in 'b' (5);")


def test_class_ratios_that_differ_are_told(make_folder, check):
    """Splits of other ratios than chance gives are mentioned, others are not."""
    assert "ratios" not in kinds(
        check(make_folder({"train/a": 20, "train/b": 24, "test/a": 9, "test/b": 6}))
    )
    found = check(make_folder({"train/a": 30, "train/b": 5, "test/a": 4, "test/b": 26}, "other"))
    sentence = next(one.sentence for one in found.findings if one.kind == "ratios")
    assert "'b' is 14% of the train images, 87% of the test images" in sentence


def test_the_check_is_json(make_folder, check):
    """as_dict gives plain values only."""
    root = make_folder({"a": 3, "b": 3})
    (root / "a/x.txt").write_text("x")
    values = json.loads(json.dumps(check(root).as_dict()))
    assert values["sizes"] == [{"width": 12, "height": 10, "images": 6}]
    assert values["notes"] == ["Not used: 1 other file: 1 x .txt."]
    assert values["findings"][0]["kind"] == "tiny"
    assert len(values["channels"]["mean"]) == 3


def test_an_image_that_has_gone_is_told(make_folder, tmp_path):
    """Files removed after loading are an error of their own, where they have to be read again."""
    dataset = load_dataset(make_folder({"a": 3, "b": 3}), cache=tmp_path / "cache")
    dataset.images[4].path.unlink()
    with pytest.raises(DataError, match=r"b/001\.png: no longer readable"):
        check_dataset(dataset, cache=tmp_path / "another")


def test_a_second_check_is_the_first(make_folder, check):
    """What is kept in the cache gives the same check."""
    root = make_folder({"train/a": 5, "train/b": 5, "test/a": 2, "test/b": 2})
    assert check(root) == check(root)


def test_a_regrouped_manifest_has_no_leak(make_folder, draw, check, tmp_path):
    """The manifest keeps every image, ties copies together, and moves as few as needed."""
    root = make_folder({"train/a": 5, "train/b": 5, "test/a": 2, "test/b": 2})
    shutil.copy(root / "train/a/001.png", root / "test/a/leak.png")
    shutil.copy(root / "train/b/001.png", root / "train/b/again.png")
    cache = tmp_path / "cache"
    dataset = find_duplicates(load_dataset(root, cache=cache), cache=cache)
    assert write_regrouped(dataset, root / "all.csv") == 1
    regrouped = load_dataset(root / "all.csv", cache=cache)
    assert "leak" not in kinds(check(root / "all.csv"))
    assert [p.path for p in regrouped.images] == [p.path for p in dataset.images]
    assert {p.path.name: p.split for p in regrouped.images if p.group} == {
        "001.png": "train",
        "leak.png": "train",
        "again.png": "train",
    }
    assert split_dataset(regrouped, seed=0)


def test_a_check_has_small_images(make_folder, check):
    """Each finding has examples with thumbnails; what cannot be read has none."""
    root = make_folder({"a": 4, "b": 4})
    shutil.copy(root / "a/001.png", root / "a/copy.png")
    (root / "b/zero.jpg").touch()
    values, thumbnails = check_content(check(root))
    examples = {finding["kind"]: finding["examples"] for finding in values["findings"]}
    assert examples["unreadable"] == [[{"path": "b/zero.jpg", "thumbnail": None}]]
    pair = examples["repeated"][0]
    assert [one["path"] for one in pair] == ["a/001.png", "a/copy.png"]
    assert Image.open(io.BytesIO(thumbnails[pair[0]["thumbnail"]])).size == (12, 10)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no names that are not text")
def test_a_file_name_that_is_no_text(make_folder, draw, check, tmp_path):
    """It is checked; a manifest cannot hold it, and an earlier one stays."""
    root = make_folder({"a": 4, "b": 4})
    draw(root / "a" / os.fsdecode(b"caf\xe9.png"), (8, 8))
    found = check(root)
    kept, _ = check_content(found)
    tiny = next(one for one in kept["findings"] if one["kind"] == "tiny")
    assert ("a/caf\udce9.png",) in tiny["images"]
    manifest = tmp_path / "all.csv"
    manifest.write_text("kept")
    dataset = find_duplicates(
        load_dataset(root, cache=tmp_path / "cache"), cache=tmp_path / "cache"
    )
    with pytest.raises(DataError, match="so a manifest cannot hold it"):
        write_regrouped(dataset, manifest)
    assert manifest.read_text() == "kept"
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_classes_named_by_numbers_are_names(make_folder, check):
    """A class called 1 among 1 to 12 is not the class at position 1, in any count, split or manifest."""
    root = make_folder({str(number): number + 2 for number in range(1, 13)})
    counts = check(root).counts
    assert {name: sum(of.values()) for name, of in counts.items()} == {
        str(number): number + 2 for number in range(1, 13)
    }
    dataset = load_dataset(root, cache=root.parent / "cache")
    assert all(dataset.classes[image.label] == image.path.parent.name for image in dataset.images)
    write_regrouped(dataset, root.parent / "by_number.csv")
    again = load_dataset(root.parent / "by_number.csv", cache=root.parent / "cache")
    assert all(again.classes[image.label] == image.path.parent.name for image in again.images)
