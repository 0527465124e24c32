"""How many images a finding hits decides how serious it is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import check_dataset, load_dataset

NOTICE, PROBLEM, STOPS = ("notice", False), ("problem", False), ("problem", True)


@pytest.fixture
def check(tmp_path, draw):
    """Check a folder with images by class: real ones, and others that a function writes to a path."""

    def run(real: dict[str, int], others: dict[str, int], write):
        root = tmp_path / "pets"
        for name, count in real.items():
            for number in range(count):
                draw(root / name / f"{number}.png", (40, 40))
        for name, count in others.items():
            (root / name).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                write(root / name / f"other{number}.png", number)
        cache = tmp_path / "cache"
        return check_dataset(load_dataset(root, cache=cache), cache=cache)

    return run


def blank(path, number):
    """Write an image of one colour, another one for each number."""
    Image.new("RGB", (40, 40), (number, 90, 255 - number)).save(path)


def frames(path, number):
    """Write an animation whose first frame is empty."""
    noise = np.random.default_rng(number).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    first = Image.new("RGB", (40, 40), (number, 0, 0))
    first.save(path, save_all=True, append_images=[Image.fromarray(noise)], default_image=False)


def broken(path, number):
    """Write a text."""
    path.write_text(f"no image {number}")


def same(path, number):
    """Write the image of this number of every class."""
    noise = np.random.default_rng(number).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)


@pytest.mark.parametrize(
    ("write", "kind", "real", "others", "serious"),
    [
        (blank, "blank", {"a": 9, "b": 9}, {"a": 2}, NOTICE),
        (blank, "blank", {"a": 9, "b": 9}, {"a": 8, "b": 1}, NOTICE),
        (blank, "blank", {"a": 9, "b": 9}, {"c": 4}, PROBLEM),
        (blank, "blank", {"a": 9, "b": 4}, {"b": 4}, PROBLEM),
        (blank, "blank", {"a": 1}, {"a": 8, "b": 9}, STOPS),
        (blank, "blank", {}, {"a": 3, "b": 3}, STOPS),
        (frames, "blank", {}, {"a": 3, "b": 3}, STOPS),
        (frames, "animated", {}, {"a": 3, "b": 3}, NOTICE),
        (broken, "unreadable", {"a": 5, "b": 5}, {"a": 1}, PROBLEM),
        (broken, "unreadable", {"a": 5, "b": 5}, {"a": 10}, STOPS),
        (same, "conflict", {"a": 5, "b": 5}, {"a": 1, "b": 1}, PROBLEM),
        (same, "conflict", {"a": 1, "b": 1}, {"a": 5, "b": 5}, STOPS),
    ],
)
def test_the_share_of_images_decides(check, write, kind, real, others, serious):
    """Some are a notice, half of a class is a problem, and nearly all, or half of what is worse, stops a search."""
    found = check(real, others, write).findings
    finding = next(one for one in found if one.kind == kind)
    assert (finding.severity, finding.stops) == serious
    if serious == STOPS:
        assert found[0] == finding


def test_empty_first_frames_are_named(check):
    """Who has only animations that begin empty learns why all are blank."""
    found = check({"a": 3}, {"b": 3}, frames).findings
    sentence = next(one.sentence for one in found if one.kind == "blank")
    assert "3 of them have several frames, of which the first is used" in sentence


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("cat", "Cat", "dog"), "'Cat' and 'cat'"),
        (("cat", "cat ", "dog"), "'cat' and 'cat '"),
        (("hot dog", "hotdog"), "'hot dog' and 'hotdog'"),
        (("caf\u00e9", "cafe\u0301"), r"'cafe\u0301' and 'caf\xe9'"),
        (("a b", "a\u00a0b"), r"'a b' and 'a\xa0b'"),
        (("STRASSE", "Straße"), "'STRASSE' and 'Straße'"),
    ],
)
def test_class_names_that_are_hard_to_tell_apart(check, names, told):
    """One problem, in which the difference can be seen."""
    found = check(dict.fromkeys(names, 4), {}, blank).findings
    finding = next(one for one in found if one.kind == "alike")
    assert (finding.severity, finding.stops) == PROBLEM
    assert f"Unicode form: {told}; if they mean one class" in finding.sentence


def test_different_names_are_no_finding(check):
    """Other letters, numbers and signs make other classes."""
    found = check(dict.fromkeys(("cat", "cats", "cat_", "c4t", "chat"), 4), {}, blank).findings
    assert "alike" not in {finding.kind for finding in found}
