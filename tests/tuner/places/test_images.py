"""The images of a study are found by their content, whatever they are called and wherever they lie."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from transfertune.datasets import DataError, load_dataset
from transfertune.reports import load_study
from transfertune.tuner.errors import SearchError
from transfertune.tuner.places.images import find_images
from transfertune.tuner.places.placed import as_it_lies


@pytest.fixture
def moved(finished, images, tmp_path):
    """A study whose images are gone from where it saw them, and the folder in which they are now."""
    folder = Path(shutil.copytree(images, tmp_path / "elsewhere" / "pets"))
    header = finished.header
    gone = str(tmp_path / "gone")
    return replace(
        finished, header=header.at(replace(header.places, source=gone, root=gone))
    ), folder


def all_of(study):
    """The indices of all images."""
    return np.arange(study.header.split.total)


def same(study, table):
    """Whether every path has the content that the study knows."""
    from transfertune.tuner.models.saved_model import file_digest

    return [file_digest(table.path(i)) for i in range(len(table))] == list(study.images().digests)


def test_a_moved_folder_is_found_by_names(moved, cache):
    """With and without a look at the content."""
    study, folder = moved
    for needed in (None, all_of(study)):
        places, table = find_images(study, str(folder), cache=cache, needed=needed)
        assert (places.source, places.root) == (str(folder), str(folder))
        assert table.names == study.images().names
        assert same(study, table)


def test_other_names_and_other_folders_are_found_by_content(moved, cache):
    """Renamed files in folders of splits: the labels are the study's own."""
    study, folder = moved
    for name in ("red", "green", "blue"):
        for i, file in enumerate(sorted((folder / name).iterdir())):
            place = folder / ("train" if i < 9 else "test") / name / f"renamed {99 - i}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            file.rename(place)
        (folder / name).rmdir()
    _, table = find_images(study, folder, cache=cache, needed=all_of(study))
    assert same(study, table)
    np.testing.assert_array_equal(table.labels, study.images().labels)


def test_names_that_were_exchanged_are_found_by_content(moved, cache):
    """Every name is there, but two of them with the other's image."""
    study, folder = moved
    (folder / "red" / "00.png").rename(folder / "kept.png")
    (folder / "red" / "01.png").rename(folder / "red" / "00.png")
    (folder / "kept.png").rename(folder / "red" / "01.png")
    _, table = find_images(study, folder, cache=cache, needed=all_of(study))
    assert same(study, table)


def test_an_archive_and_a_manifest_take_the_folders_place(moved, cache, tmp_path):
    """What the images are read from may change its kind."""
    study, folder = moved
    archive = shutil.make_archive(str(tmp_path / "pets"), "zip", folder.parent)
    rows = [f"{path},x" for path in sorted(folder.rglob("*.png"))]
    (tmp_path / "pets.csv").write_text("\n".join(["path,label", *rows]))
    for source in (archive, tmp_path / "pets.csv"):
        places, table = find_images(study, source, cache=cache, needed=all_of(study))
        assert places.source == str(source)
        assert same(study, table)


def test_an_unpacked_archive_is_unpacked_again(run_search, images, tmp_path, cache):
    """The cache is always safe to delete."""
    archive = shutil.make_archive(str(tmp_path / "colours"), "zip", images)
    study = run_search(tmp_path / "study", data=archive, budget=0.001)
    assert study.header.data.source == archive
    places, table = find_images(study, None, cache=tmp_path / "other", needed=all_of(study))
    assert places == study.header.places
    header = study.header.at(replace(places, root=str(tmp_path / "deleted")))
    places, table = find_images(replace(study, header=header), None, cache=tmp_path / "other")
    assert table.root.is_relative_to(tmp_path / "other")
    assert same(study, table)
    again = run_search(tmp_path / "study", data=archive, cache=tmp_path / "third", budget=0.001)
    assert Path(again.header.data.root).is_relative_to(tmp_path / "third")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda file: file.unlink(), r"1 of the 36 images .* such as red/03\.png; .*--data DIR"),
        (lambda file: file.write_bytes(b"x"), r"1 of the 36 images .* such as red/03\.png;"),
    ],
)
def test_missing_and_changed_images_are_named(moved, cache, harm, says):
    """One line with the first of them, and the option."""
    study, folder = moved
    harm(folder / "red" / "03.png")
    with pytest.raises(SearchError, match=says) as caught:
        find_images(study, folder, cache=cache, needed=all_of(study))
    assert "\n" not in str(caught.value)


def test_a_place_that_is_gone_is_named_with_the_option(moved, cache):
    """The place that the study knew, or the one that was given."""
    study, folder = moved
    with pytest.raises(SearchError, match=r"no longer at .*gone; say where they are with --data"):
        find_images(study, None, cache=cache)
    with pytest.raises(DataError, match="there is no such folder"):
        find_images(study, folder / "nowhere", cache=cache)


def test_a_study_that_notes_no_source_is_read(finished, images, cache):
    """Studies of earlier versions know the images' folder alone."""
    places = replace(finished.header.places, source="")
    study = replace(finished, header=finished.header.at(places))
    assert find_images(study, None, cache=cache)[0] == places
    assert len(load_dataset(images, cache=cache).images) == len(load_study(study.folder).images())


def test_a_report_does_without_images(moved, tmp_path):
    """Images that are gone, and an archive that cannot be unpacked again, are a notice, and nothing is raised."""
    study, folder = moved
    assert "no longer at" in as_it_lies(study, cache=tmp_path)[1]
    archive = shutil.make_archive(str(tmp_path / "pets"), "zip", folder)
    places = replace(study.header.places, source=archive)
    packed = replace(study, header=study.header.at(places))
    (tmp_path / "file").write_text("")
    same_study, notice = as_it_lies(packed, cache=tmp_path / "file")
    assert (same_study, bool(notice)) == (packed, True)
    found, notice = as_it_lies(packed, cache=tmp_path / "cache")
    assert notice is None
    assert Path(found.header.data.root).is_relative_to(tmp_path / "cache")
