"""Files whose names are no text: they are images like others."""

from __future__ import annotations

import os
import shutil

import pytest

from transfertune.tuner.operations.retrain import retrain


@pytest.mark.skipif(os.name != "posix", reason="other systems have no names that are not text")
@pytest.mark.slow
def test_an_image_whose_name_is_no_text_is_searched(run_search, images, tmp_path):
    """Old archives leave such names; the study keeps them, goes on and reads them back."""
    data = tmp_path / "data"
    shutil.copytree(images, data)
    odd = data / "red" / os.fsdecode(b"caf\xe9.png")
    (data / "red" / "00.png").rename(odd)
    for trials in (1, 2):
        study = run_search(tmp_path / "study", data=data, trials=trials)
    assert "red/caf\N{REPLACEMENT CHARACTER}.png" in set(study.images_frame()["path"])
    assert odd in {study.images().path(i) for i in range(len(study.images()))}
    retrain(study, cache=tmp_path / "cache", in_process=True)
