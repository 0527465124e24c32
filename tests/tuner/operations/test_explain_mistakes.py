"""`tune explain STUDY`: the worst mistakes of a study, in its report."""

from __future__ import annotations

import pytest

from transfertune.reports import load_study
from transfertune.reports.analysis.held_out_predictions import recommended_predictions
from transfertune.tuner.cli.main import main

# So close to one another, under the noise, that some images are taken for others.
ALIKE = {"gray": (120, 120, 120), "grey": (124, 120, 120)}


@pytest.fixture(scope="module")
def study(run_search, draw_images, tmp_path_factory):
    """A study whose recommended trial was retrained and makes mistakes."""
    folder = tmp_path_factory.mktemp("alike")
    images = draw_images(folder / "images", ALIKE)
    return run_search(folder / "study", data=images, trials=1, retrain_winner=True)


@pytest.fixture
def tune(capsys):
    """Run the command line; return its exit code, output and error output."""

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        return ended.value.code, *capsys.readouterr()

    return run


def test_each_mistake_has_an_overlay_until_the_model_is_replaced(study, tune):
    """The report says how to get them, then shows one below each of the worst mistakes."""
    page, folder = study.paths.report_page, str(study.folder)
    wrong = recommended_predictions(load_study(study.folder)).mistakes()
    assert wrong
    assert "tune explain STUDY" in page.read_text()
    code, out, _ = tune("explain", folder)
    assert (code, len(out.splitlines())) == (0, 1 + len(wrong))
    assert page.read_text().count('alt="where the model sees') == len(wrong)
    code, _, err = tune("explain", folder, "--out", "explained")
    assert (code, "without IMAGES, --out and --class" in err) == (2, True)
    assert tune("retrain", folder, "--again")[0] == 0
    assert not study.paths.mistakes.exists()
