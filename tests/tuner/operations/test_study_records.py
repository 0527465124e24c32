"""What a later call of the same search leaves in its log."""

from __future__ import annotations

import shutil

import pytest

from transfertune.reports import load_study, verdict
from transfertune.reports.study.log import StudyLog


@pytest.mark.slow
def test_more_trials_are_noted_where_they_begin(run_search, tmp_path):
    """The log tells the first call from the second, and the header shows the latest."""
    run_search(tmp_path / "study", trials=2, command="tune search --trials 2")
    study = run_search(tmp_path / "study", trials=3, command="tune search --trials 3")
    kinds = [record["kind"] for record in StudyLog(study.paths.log).read()]
    begun = ["start", "trial"]
    assert kinds == ["study", *begun * 6, "trial", "resume", *begun, "trial"]  # with ensembles
    assert study.header.limits.trials == 3
    assert study.header.command == "tune search --trials 3"
    assert study.header.strategy_trials == 2


@pytest.mark.slow
def test_copies_among_the_test_images_are_said(run_search, images, tmp_path):
    """A test image that is also trained on spoils the test score, and the verdict says so."""
    data = tmp_path / "data"
    shutil.copytree(images, data / "train")
    for folder in (data / "train").iterdir():
        test = data / "test" / folder.name
        test.mkdir(parents=True)
        moved = sorted(folder.glob("*.png"))[:3]
        for image in moved[:2]:
            image.rename(test / image.name)
        shutil.copy(moved[2], test / moved[2].name)
    study = run_search(tmp_path / "study", data=data, trials=1, retrain_winner=True)
    assert study.header.data.test_copies == 3
    assert "3 of these images are duplicates of training images" in " ".join(
        verdict(load_study(study.folder))
    )
