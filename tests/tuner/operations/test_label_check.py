"""The check of labels: changed ones are doubted, the test is left alone, and a search asks once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import DRAWN_CLASSES, draw_images, find_duplicates, load_dataset
from transfertune.reports import load_study, read_label_check
from transfertune.tuner.errors import SearchError, TrialFailure
from transfertune.tuner.events import LabelsChecked, Progress, unheard
from transfertune.tuner.operations.check_labels import (
    check_dataset_labels,
    check_labels,
    label_probe,
)
from transfertune.tuner.workers.executor import InProcessExecutor

PROBE = label_probe("drawn_net", "imagenet")
PER_CLASS, CHANGED = 30, 3


def write_drawn(folder, changed=CHANGED, per_class=PER_CLASS):
    """Write drawn images into class folders, the first few of each class into the next one's; return their names."""
    pixels, labels = draw_images(DRAWN_CLASSES, per_class, 64, 5)
    moved = set()
    for label, name in enumerate(DRAWN_CLASSES):
        for number, one in enumerate(pixels[labels == label]):
            wrong = number < changed
            told = DRAWN_CLASSES[(label + wrong) % len(DRAWN_CLASSES)]
            path = folder / told / f"{name}_{number:02d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(one).save(path)
            moved |= {path.relative_to(folder).as_posix()} if wrong else set()
    return moved


@pytest.fixture(scope="module")
def mixed_up(tmp_path_factory):
    """A folder in which a tenth of the drawn images are in the wrong class, and their paths."""
    folder = tmp_path_factory.mktemp("mixed_up") / "images"
    return folder, write_drawn(folder)


def ask(dataset, cache, weights="imagenet"):
    """Check the labels of a data set in worker processes."""
    events = []
    check = check_dataset_labels(
        dataset, PROBE, weights=weights, cache=cache, on_event=events.append
    )
    return check, events


@pytest.mark.slow
def test_changed_labels_are_doubted_and_named_first(mixed_up, cache):
    """Most of what was moved to another class is found, with the right class, and little else."""
    folder, moved = mixed_up
    check, events = ask(load_dataset(folder, cache=cache), cache)
    doubted = [one.path for one in check.disputed]
    assert check.images == PER_CLASS * len(DRAWN_CLASSES)
    assert 0.7 < check.agreed < 1
    assert len(moved & set(doubted)) >= 0.7 * len(moved)
    assert len(set(doubted) - moved) <= 0.05 * check.images
    assert sum(path in moved for path in doubted[: len(moved) // 2]) >= 0.8 * (len(moved) // 2)
    found = [one for one in check.disputed if one.path in moved]
    right = [one.path.split("/")[1].startswith(f"{one.suggested}_") for one in found]
    assert np.mean(right) > 0.9
    assert [one.belief for one in check.disputed] == sorted(one.belief for one in check.disputed)
    assert Progress("checking labels", 5, 5) in events


@pytest.mark.slow
def test_stated_test_images_are_left_alone(mixed_up, cache):
    """No probe is fitted on them or asked about them."""
    dataset = load_dataset(mixed_up[0], cache=cache)
    images = tuple(
        replace(image, split="test" if i % 3 == 0 else "train")
        for i, image in enumerate(dataset.images)
    )
    check, _ = ask(replace(dataset, images=images), cache)
    training = {dataset.relative(p.path) for p in images if p.split == "train"}
    assert check.images == len(training)
    assert {one.path for one in check.disputed} <= training


@pytest.mark.slow
def test_copies_of_an_image_are_held_out_together(tmp_path, cache):
    """A wrong label whose copies share it is found too: none of them is in the fit that judges another."""
    moved = write_drawn(tmp_path, changed=2)
    for path in sorted(tmp_path / name for name in moved):
        for copy in range(2):
            (path.parent / f"{path.stem}_copy{copy}.png").write_bytes(path.read_bytes())
    check, _ = ask(find_duplicates(load_dataset(tmp_path, cache=cache), cache=cache), cache)
    doubted = {one.path for one in check.disputed}
    assert len(moved & doubted) >= 0.6 * len(moved)


def test_a_class_of_one_image_is_refused(tmp_path, cache):
    """There is nothing to fit on once it is held out."""
    write_drawn(tmp_path, changed=0, per_class=1)
    with pytest.raises(
        SearchError, match=f"needs 2 different images .* fewer: {min(DRAWN_CLASSES)}"
    ):
        ask(load_dataset(tmp_path, cache=cache), cache)


@pytest.mark.parametrize(
    ("backbone", "weights", "says"),
    [
        ("plain_cnn", "imagenet", "plain_cnn is trained from scratch, .* use one of .*drawn_net"),
        ("resnet50", "none", "random features of resnet50 say nothing about labels"),
        ("resnet50", "nowhere", "there is no folder nowhere"),
        ("resnet50", ".", "No weights for resnet50"),
    ],
)
def test_a_backbone_that_cannot_judge_is_refused(backbone, weights, says):
    """The message says which can, or where the weights were looked for."""
    with pytest.raises(SearchError, match=says):
        label_probe(backbone, weights)


def test_a_search_asks_once_and_says_so(run_search, tmp_path):
    """The check is kept in the study; the same search again reads it instead of asking the probe."""
    events = []
    run_search(tmp_path / "study", trials=1, on_event=events.append)
    kept = read_label_check(tmp_path / "study")
    assert kept.backbone == "drawn_net"
    study = load_study(tmp_path / "study")
    assert kept.images == study.header.split.development
    told = [event.check for event in events if isinstance(event, LabelsChecked)]
    assert told == [kept]
    again = []
    run_search(tmp_path / "study", trials=2, on_event=again.append)
    assert [event.check for event in again if isinstance(event, LabelsChecked)] == [kept]
    assert "checking labels" not in [event.what for event in again if isinstance(event, Progress)]


def test_a_comparison_asks_nobody(run_search, tmp_path):
    """It has no probe among its recipes."""
    run_search(tmp_path / "study", trials=1, every_fit=True)
    assert read_label_check(tmp_path / "study") is None


def test_a_probe_that_fails_says_why(task, dataset, tmp_path):
    """Whatever is wrong with the features costs the check and not the search."""
    ready = InProcessExecutor()
    (tmp_path / "file").touch()
    broken = replace(task, cache=tmp_path / "file")
    with pytest.raises(TrialFailure, match="Error"):
        check_labels(
            broken,
            dataset,
            np.arange(len(dataset.images)),
            PROBE,
            executor=ready,
            on_event=unheard,
        )
