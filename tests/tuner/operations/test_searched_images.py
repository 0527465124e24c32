"""Which images a search reads and uses."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

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
