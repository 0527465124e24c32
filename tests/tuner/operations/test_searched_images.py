"""Which images a search reads and uses."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from transfertune.datasets import STOPS_FROM, DataError
from transfertune.tuner.events import Progress


def test_unreadable_images_are_listed_and_left_out(run_search, tmp_path, draw_images):
    """A broken file costs itself alone."""
    folder = draw_images(tmp_path / "images")
    (folder / "red" / "broken.png").write_bytes(b"no image")
    study = run_search(tmp_path / "study", data=folder, trials=1, epochs=1)
    ((path, why),) = study.header.data.unreadable
    assert path == "red/broken.png"
    assert why
    assert study.header.split.total == 36


@pytest.mark.slow
def test_a_stated_test_split_is_never_touched(run_search, tmp_path, draw_images):
    """Features are computed for images to train on and validate with, not for those."""
    folder = tmp_path / "images"
    draw_images(folder / "train", seed=2)  # images that no cache knows yet
    draw_images(folder / "test", seed=1)
    steps = []
    study = run_search(
        tmp_path / "study",
        data=folder,
        trials=1,
        epochs=1,
        settings={"dropout": [0]},
        on_event=lambda event: steps.append(event) if isinstance(event, Progress) else None,
    )
    assert study.header.split.test == 36
    passes = [step.total for step in steps if "features" in step.what]
    assert set(passes) == {36}


@pytest.mark.slow
def test_images_in_many_modes_train(run_search, tmp_path, draw_images):
    """Grayscale, palette, alpha and CMYK images of different sizes are as good as RGB ones."""
    folder = draw_images(tmp_path / "images")
    for i, mode in enumerate(("L", "P", "RGBA", "CMYK")):
        with Image.open(folder / "red" / "00.png") as image:
            suffix = "jpg" if mode == "CMYK" else "png"
            image.resize((30 + 9 * i, 50)).convert(mode).save(folder / "red" / f"{mode}.{suffix}")
    study = run_search(tmp_path / "study", data=folder, trials=1, epochs=1)
    assert {trial.status for trial in study.trials} == {"completed"}
    assert np.isfinite(study.predictions(5)["probabilities"]).all()


def test_a_study_in_the_folder_of_the_images(run_search, tmp_path, draw_images):
    """The search makes it there, and the same call goes on; its thumbnails are no class."""
    folder = draw_images(tmp_path / "images")
    (folder / "red" / "copy.png").write_bytes((folder / "red" / "00.png").read_bytes())
    place = folder / "studies" / "tiny"
    first = run_search(place, data=folder, trials=1, epochs=1)
    assert list((place / "data_check").glob("*.jpg"))
    again = run_search(place, data=folder, trials=2, epochs=1)
    assert len(again.trials) > len(first.trials)
    assert again.header.data.classes == ("blue", "green", "red")


def test_blank_images_stop_a_search_unless_they_are_ignored(run_search, tmp_path):
    """Nothing is written before; with the options that the line names, the search runs."""
    folder = tmp_path / "images"
    for label, name in enumerate(("dark", "light")):
        (folder / name).mkdir(parents=True)
        for number in range(8):
            colour = (100 * label + number, 120 * label, 7 * number)
            Image.new("RGB", (40, 40), colour).save(folder / name / f"{number}.png")
    options = {"data": folder, "trials": 1, "epochs": 1}
    with pytest.raises(
        DataError, match=r"16 images of a single colour: .*--ignore blank"
    ) as caught:
        run_search(tmp_path / "study", **options)
    assert not (tmp_path / "study").exists()
    ignore = [word for word in str(caught.value).split() if word in STOPS_FROM]
    study = run_search(tmp_path / "study", ignore=ignore, **options)
    assert {trial.status for trial in study.trials} == {"completed"}
    run_search(tmp_path / "study", **options)
