"""A trial's folder: what was finished comes back, what is torn or another's does not."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.reports import HISTORY_COLUMNS, Fit, FitFiles, TrialPaths, read_predictions

SLOTS = ((0, 0), (0, 1), (1, 0))


def fit_of(repeat: int, fold: int) -> Fit:
    """Return a fit, as a job makes it."""
    metrics = {"accuracy": 0.5, "loss": 1 / 3}
    return Fit(7, fold, repeat, 0.1 + fold, metrics, epochs=2, best_epoch=1, seconds=0.25)


def epochs_of(count: int = 2) -> list[dict]:
    """Return the rows of a fit's epochs, with numbers that only exact text brings back."""
    row = dict.fromkeys(HISTORY_COLUMNS, 1 / 3)
    return [{**row, "epoch": e, "stage": "head"} for e in range(1, count + 1)]


def add(files: FitFiles, repeat: int, fold: int, images: int = 4) -> None:
    """Give a trial's files a finished fit."""
    rng = np.random.default_rng([repeat, fold])
    indices, labels = np.arange(images) + 10 * fold, rng.integers(0, 3, images)
    files.add(fit_of(repeat, fold), epochs_of(), indices, labels, rng.random((images, 3)))


@pytest.fixture
def written(tmp_path):
    """A folder with the files of three fits."""
    files = FitFiles(TrialPaths(tmp_path), "key", 9)
    for slot in SLOTS:
        add(files, *slot)
    files.save()
    return tmp_path


def pooled(files: FitFiles) -> list:
    """Return all predictions as plain lists."""
    return [array.tolist() for array in files.pooled()]


def test_fits_survive_their_files(written):
    """Records, predictions and epochs are the same after reading, and after adding another fit and writing again."""
    files = FitFiles(TrialPaths(written), "key", 9)
    assert [files.fit_of(*slot) for slot in SLOTS] == [fit_of(*slot) for slot in SLOTS]
    assert files.fit_of(1, 1) is None
    history = (written / "history.csv").read_bytes()
    before = pooled(files)
    add(files, 1, 1)
    files.save()
    assert [part[:12] for part in pooled(FitFiles(TrialPaths(written), "key", 9))] == before
    assert (written / "history.csv").read_bytes().startswith(history)
    assert len((written / "history.csv").read_text().splitlines()) == 1 + 2 * 4


def test_predictions_say_which_slot_they_are_of(written):
    """Every prediction has its repeat and fold, in the order of the fits."""
    arrays = read_predictions(written / "predictions.npz")
    pairs = list(zip(arrays["repeats"].tolist(), arrays["folds"].tolist(), strict=True))
    assert pairs == [slot for slot in SLOTS for _ in range(4)]
    assert arrays["probabilities"].dtype == np.float32


def test_nothing_is_written_before_it_is_saved(tmp_path):
    """A fit counts once `fits.json` names it, and only then."""
    files = FitFiles(TrialPaths(tmp_path / "0001"), "key", 9)
    add(files, 0, 0)
    assert not (tmp_path / "0001").exists()
    assert FitFiles(TrialPaths(tmp_path / "0001"), "key", 9).fits == []


@pytest.mark.parametrize(("key", "epochs"), [("other", 9), ("key", 10)])
def test_files_of_another_fit_count_as_missing(written, key, epochs):
    """Another recipe, seed, division or number of epochs starts over."""
    assert FitFiles(TrialPaths(written), key, epochs).fits == []


@pytest.mark.parametrize("name", ["fits.json", "history.csv", "predictions.npz"])
@pytest.mark.parametrize("harm", ["torn", "missing", "garbage"])
def test_damaged_files_count_as_missing(written, name, harm):
    """Whatever happened to one of them, the trial starts over instead of failing."""
    file = written / name
    content = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(content[: len(content) // 2] if harm == "torn" else b"\x00\xff{]")
    kept = FitFiles(TrialPaths(written), "key", 9)
    assert kept.fits == []


def test_predictions_that_no_fit_names_are_left_out(written):
    """A kill between two files leaves predictions of a fit that is run again; they do not count twice."""
    files = FitFiles(TrialPaths(written), "key", 9)
    record = (written / "fits.json").read_bytes()
    add(files, 1, 1)
    files.save()
    (written / "fits.json").write_bytes(record)
    again = FitFiles(TrialPaths(written), "key", 9)
    assert len(again.fits) == 3
    assert len(again.pooled()[0]) == 12
    add(again, 1, 1)
    again.save()
    assert len(FitFiles(TrialPaths(written), "key", 9).pooled()[0]) == 16
    assert len((written / "history.csv").read_text().splitlines()) == 1 + 2 * 4
