"""A search, a data check and a prediction find the same images in a folder, whatever else lies in it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits
from trees import plant

from transfertune.datasets import load_dataset
from transfertune.reports import CostLimits
from transfertune.search_spaces import load_space
from transfertune.tuner.models.labels import Labels
from transfertune.tuner.operations.image_reading import ImageReading
from transfertune.tuner.operations.options import (
    DataOptions,
    ExecutionOptions,
    SearchOptions,
    StoppingOptions,
)
from transfertune.tuner.operations.prepare import prepare

LAYOUTS = [
    "{c}",
    "data/{c}",
    "x/y/{c}",
    "{s}/{c}",
    "data/{s}/{c}",
    "seg_{s}/seg_{s}/{c}",
    "{c}/{s}",
]
LAYOUTS += ["{s}_set/{c}"]
NAMES = "{n}.png {n} {n}.JPG=jpeg {n}.jfif=jpeg {n}.heic=jpeg {n}.jpg?v{n}.5 {n}.png:large deep/{n} x.png/{n}"
EXTRAS = [
    # What no one uses.
    "{c}/.hidden.png", "{c}/._0.png=text", "{c}/.ipynb_checkpoints/0.png", "{c}/@eaDir/0.png/S.jpg",
    "__MACOSX/{c}/0.png", "$RECYCLE.BIN/1.png", "readme.md", "{c}/notes.txt", "{c}/0.nef=raw",
    "models/x.npy", "{c}/empty/", "studies/x/trials.jsonl studies/x/data_check/0000.jpg",
    "venv/pyvenv.cfg venv/lib/logo.png", "{c}/up->.", "{c}/self->{c}", "{c}/nothing->gone",
    # What all use.
    ".store/1 .store/2 {c}/linked->.store", "{c}/file->{c}/0", "{c}/1.gif=gif",
    # What all find unreadable.
    "{c}/lost.png=text", "{c}/none.jpg=empty", "{c}/lfs.png=pointer", "{c}/gone.png->gone",
]  # fmt: skip


@st.composite
def trees(draw) -> list[str]:
    """Draw the paths of a tree: two classes, in splits or not, with odd names, and all that lies beside."""
    layout = draw(st.sampled_from(LAYOUTS))
    splits = ["train", "test"] if "{s}" in layout else [""]
    classes = draw(
        st.lists(
            st.sampled_from(["a", "B b", "c.png", "é", "01"]), min_size=2, max_size=2, unique=True
        )
    )
    folders = [layout.format(c=c, s=s) for c in classes for s in splits]
    words = [f"{folder}/{name}" for folder in folders for name in ("0", "00", "000")]
    for folder in folders:
        names = draw(st.lists(st.sampled_from(NAMES.split()), max_size=2))
        words += [f"{folder}/{name.format(n=n)}" for n, name in enumerate(names, 1)]
    for extra in draw(st.lists(st.sampled_from(EXTRAS), max_size=6, unique=True)):
        folder = draw(st.sampled_from(folders))
        words += [word.format(c=folder) for word in extra.split()]
    return words


def searched(root: Path, cache: Path) -> set[str]:
    """Return the images that a search divides into folds."""
    options = SearchOptions(
        space=load_space("plates"),
        views_are_set=False,
        data=DataOptions(root, None, None, None, None),
        stopping=StoppingOptions(1, None, 30),
        execution=ExecutionOptions(root / "study", cache, 1, True),
        weights="none",
        strategy="random",
        objective="accuracy",
        seed=0,
        comparison=False,
        cost_limits=CostLimits(),
        retrain_winner=False,
        command=None,
    )
    with threadpool_limits(1):  # products of a few images, which threads only slow down
        table = prepare(options, None, lambda event: None).images
    return {str(table.path(index)) for index in range(len(table))}


@settings(deadline=None, max_examples=100, derandomize=True)
@given(tree=trees())
def test_the_same_images_everywhere(tree):
    """A hundred trees: the images read, and those that cannot be, are the same for all three commands."""
    folder = Path(tempfile.mkdtemp())
    try:
        root, cache = folder / "pets", folder / "cache"
        root.mkdir()
        plant(root, tree)
        dataset = load_dataset(root, cache=cache)
        checked = {str(image.path) for image in dataset.images}
        reading = ImageReading([root], Labels(("a", "b"), 8, "crop"), lambda event: None, cache)
        assert len(list(reading)) == len(checked)
        assert {str(image.file) for image in reading.readable} == checked
        assert {str(path) for path, _ in reading.unreadable} == {
            str(one.path) for one in dataset.unreadable
        }
        assert searched(root, cache) == checked
    finally:
        shutil.rmtree(folder)


def test_patterns_and_several_folders(tmp_path):
    """A pattern names what its folders hold, without sidecars, each once; an empty folder of several is left out."""
    plant(
        tmp_path,
        ["a/1.png", "a/deep/2.png", "a/@eaDir/1.png/S.png", "a/._1.png", "b/readme.md", "c.png/3"],
    )
    labels = Labels(("a", "b"), 8, "crop")

    def read(*sources: str) -> tuple[list[str], list[str]]:
        reading = ImageReading([str(tmp_path / one) for one in sources], labels, lambda event: None)
        assert list(reading)
        names = [str(image.name.relative_to(tmp_path)) for image in reading.readable]
        return names, [str(path.relative_to(tmp_path)) for path, _ in reading.unreadable]

    assert read("a/*") == (["a/1.png", "a/deep/2.png"], [])
    assert read("**/*.png") == (["a/1.png", "a/deep/2.png", "c.png/3"], [])
    assert read("*") == (["a/1.png", "a/deep/2.png", "c.png/3"], ["b"])
    assert read("a/1.png", "b", "a/1.png") == (["a/1.png", "a/1.png"], ["b"])
