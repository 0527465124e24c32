"""Mistakes: one line that says what to do, and nothing written."""

from __future__ import annotations

import shutil

import psutil
import pytest

from transfertune.datasets import DataError
from transfertune.reports import StudyError
from transfertune.search_spaces import Float, SpaceError
from transfertune.tuner.errors import SearchError

MISTAKES = (DataError, SearchError, SpaceError, StudyError)


def listing(folder):
    """Return all that lies below a folder."""
    return sorted(folder.rglob("*"))


def refused(run_search, folder, says, **options):
    """Run a search that must be refused on one line with nothing written beside or in the study's folder."""
    before = listing(folder)
    with pytest.raises(MISTAKES, match=says) as caught:
        run_search(folder / "study", **options)
    assert "\n" not in str(caught.value)
    assert listing(folder) == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"space": "quickstrat"}, "Did you mean 'quickstart'"),
        ({"space": "plates", "data": None, "weights": "none"}, "--data DIR"),
        ({"settings": {"dropuot": ["0.1"]}}, "Did you mean 'dropout'"),
        ({"settings": {"dropout": ["2"]}}, "dropout is a number from 0 to 0.95"),
        ({"settings": {"image_size": ["33"], "backbone": ["inception_resnet_v2"]}}, "below the 75"),
        ({"strategy": "hyperbnd"}, "Did you mean 'hyperband'"),
        ({"strategy": "grid"}, "A grid needs listed values, but dropout, learning_rate are ranges"),
        ({"objective": "acuracy"}, "Did you mean 'accuracy'"),
        ({"objective": "auc"}, "two classes"),
        ({"trials": 0}, "trials must be a whole number from 1, but got 0"),
        ({"trials": -1, "seed": -1}, "trials must be .* seed must be"),
        ({"budget": 0.0}, "budget must be more than 0 seconds"),
        ({"epochs": 0}, "epochs must be a whole number from 1"),
        ({"ignore": ["blnk"]}, "Unknown finding 'blnk' to ignore; .*blank"),
        ({"workers": 0}, "workers must be a whole number from 1, but got 0"),
        ({"folds": 0}, "folds must be a whole number from 1 to 50, but got 0"),
        ({"folds": 11}, "folds must be at most 10, since the smallest class has 10"),
        ({"repeats": 0}, "repeats must be a whole number from 1 to 100, but got 0"),
        ({"settings": {"unfreeze": [2], "head_epochs": [3]}}, "head_epochs must stay below epochs"),
        ({"weights": "nowhere"}, "there is no folder nowhere"),
        ({"settings": {"backbone": ["resnet50"]}}, "No weights for resnet50 in"),
        ({"data": "nowhere"}, "there is no such folder"),
    ],
)
def test_a_wrong_option_is_refused(run_search, tmp_path, options, says):
    """Every option that cannot work says so before anything is written."""
    refused(run_search, tmp_path, says, **options)


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({}, "."),
        ({"red": 12}, "class"),
        ({"red": 12, "blue": 1}, "blue"),
        ({"red": 12, "blue": 0}, "class"),
    ],
)
def test_images_that_cannot_be_split_are_refused(run_search, tmp_path, draw_images, counts, says):
    """An empty folder, one class, and a class with one image are refused with what is missing."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name, count in counts.items():
        draw_images(folder, {name: (99, 99, 99)}, count)
    refused(run_search, tmp_path, says, data=folder)


def test_a_folder_that_holds_something_else_is_refused(run_search, tmp_path):
    """Nobody's files are mixed with a study's."""
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "thesis.txt").write_text("mine")
    refused(run_search, tmp_path, "is not empty and holds no study", trials=1)


def test_a_weights_file_that_does_not_fit_is_refused(run_search, tmp_path, weights):
    """The file and the backbone are named."""
    (tmp_path / "weights").mkdir()
    shutil.copy(
        weights / "drawn_net_no_top.weights.h5",
        tmp_path / "weights" / "mobilenet_v2_0.35_224_no_top.weights.h5",
    )
    options = {"weights": tmp_path / "weights", "settings": {"backbone": ["mobilenet_v2_035"]}}
    refused(run_search, tmp_path, "does not fit mobilenet_v2_035", **options)


@pytest.fixture(scope="module")
def existing(run_search, tmp_path_factory):
    """A folder with a study of one trial."""
    folder = tmp_path_factory.mktemp("existing")
    run_search(folder / "study", trials=1, epochs=1)
    return folder


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"seed": 1}, r"differs in --seed \(0 there, 1 here\)\. Give"),
        ({"epochs": 2}, r"differs in --epochs \(1 there, 2 here\)"),
        ({"folds": 3}, r"differs in --folds \(1 there, 3 here\)\. Give"),
        ({"repeats": 4}, r"differs in --repeats \(1 there, 4 here\)"),
        ({"per_class": 9}, r"differs in --per-class \(all there, 9 here\)\. Give"),
        ({"min_per_class": 13}, r"--min-per-class must be at most 12, so that two classes"),
        ({"every_fit": True}, r"the command \(tune search there, tune compare here\)"),
        ({"strategy": "hyperband"}, r"differs in --strategy \(random there, hyperband here\)"),
        ({"objective": "log_loss"}, r"differs in --objective \(accuracy there, log_loss here\)"),
        ({"settings": {"batch_size": [8]}}, r"differs in batch_size \(8/16 there, 8 here\)"),
        ({"weights": "none"}, r"differs in --weights \(other weights of drawn_net\)"),
        ({"seed": 1, "settings": {"dropout": [0.1]}}, r"--seed .*; dropout \(0 to 0.5 there"),
    ],
)
def test_another_search_in_the_same_folder_is_refused(run_search, existing, options, says):
    """The difference is named with both values, and the study stays as it is."""
    log = (existing / "study" / "trials.jsonl").read_bytes()
    refused(run_search, existing, says, **{"trials": 2, "epochs": 1, **options})
    assert (existing / "study" / "trials.jsonl").read_bytes() == log


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"folds": 11}, r"differs in --folds \(1 there, 11 here\)"),
        ({"strategy": "grid"}, r"differs in --strategy \(random there, grid here\)"),
        ({"objective": "auc"}, r"differs in --objective \(accuracy there, auc here\)"),
        ({"settings": {"unfreeze": [2], "head_epochs": [3]}}, r"differs in unfreeze \(0 there, 2"),
        ({"settings": {"backbone": ["resnet50"]}}, "differs in backbone .drawn_net there, resnet"),
        ({"per_class": 1}, r"differs in --per-class \(all there, 1 here\)"),
        ({"space": "plates", "data": None}, r"differs in --space \(tiny there, plates here\)"),
        ({"space": "plates", "settings": {"dense": ["wide"]}}, r"differs in --space \(tiny there"),
    ],
)
def test_a_changed_option_is_named_before_what_follows_from_it(run_search, existing, options, says):
    """Each would be refused in a new study too; in this one the change is the cause."""
    refused(run_search, existing, says, **{"epochs": 1, **options})


def test_images_of_other_classes_are_named_before_what_follows_from_them(
    run_search, existing, tmp_path, draw_images
):
    """Too few images of a class are no matter where the classes are others."""
    other = draw_images(tmp_path / "other", {"red": (200, 50, 40), "tan": (99, 99, 50)}, 1)
    says = r"--data \(36 images of 3 classes there, 2 images of 2 classes here\)"
    refused(run_search, existing, says, data=other, epochs=1)


def test_another_space_in_the_same_folder_is_refused(run_search, existing, new_space):
    """Its domains decide, also under the same name."""
    space = new_space(dropout=Float(0, 0.4))
    refused(
        run_search, existing, r"dropout \(0 to 0\.5 there, 0 to 0\.4 here\)", space=space, epochs=1
    )


def test_other_images_in_the_same_folder_are_refused(run_search, existing, tmp_path, draw_images):
    """Content decides, not the folder's name."""
    other = draw_images(tmp_path / "colours", seed=3)
    refused(
        run_search, existing, r"differs in --data \(other images or labels\)", data=other, epochs=1
    )


def test_the_same_images_elsewhere_are_the_same(
    run_search, searched, existing, tmp_path, draw_images
):
    """A copied folder of images goes on with the study."""
    same = draw_images(tmp_path / "copied")
    study = run_search(existing / "study", data=same, trials=2, epochs=1)
    assert len(searched(study)) == 2


def test_a_refusal_of_the_images_ends_the_worker_that_was_starting(run_search, tmp_path):
    """The worker starts while the images are read; when they are refused, nothing of it is left."""
    (tmp_path / "images" / "a").mkdir(parents=True)
    (tmp_path / "images" / "a" / "text.png").write_text("no image")
    heard = []
    refused(
        run_search,
        tmp_path,
        "image",
        data=tmp_path / "images",
        in_process=False,
        on_event=heard.append,
    )
    assert type(heard[0]).__name__ == "PreparationStarted"
    children = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert [words for words in children if "popen_loky" in words] == []
