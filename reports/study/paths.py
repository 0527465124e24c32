"""Every file and folder name of a study, once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOG = "trials.jsonl"
HEADER = "study.json"
LOCK_FILES = (".lock", ".lock-holder")
MODEL = "best/model.keras"
REPORT = "report.html"


@dataclass(frozen=True)
class TrialPaths:
    """The files in the folder of one trial."""

    folder: Path

    @property
    def history(self) -> Path:
        """One row per epoch of each fit."""
        return self.folder / "history.csv"

    @property
    def predictions(self) -> Path:
        """The predictions of the validation images."""
        return self.folder / "predictions.npz"

    @property
    def fits(self) -> Path:
        """The finished fits; written last, so a fit counts only when this file names it."""
        return self.folder / "fits.json"

    @property
    def error(self) -> Path:
        """The traceback of a failed trial."""
        return self.folder / "error.txt"

    def state(self, repeat: int, fold: int) -> Path:
        """The checkpoint of an unfinished fit."""
        return self.folder / f"state-{repeat}-{fold}.npz"

    def states(self) -> list[Path]:
        """The checkpoints in the folder."""
        return sorted(self.folder.glob("state-*.npz"))


@dataclass(frozen=True)
class StudyPaths:
    """The files of the study in `folder`."""

    folder: Path

    @property
    def log(self) -> Path:
        """The log: one JSON line per record."""
        return self.folder / LOG

    @property
    def header(self) -> Path:
        """The header, for people to read."""
        return self.folder / HEADER

    @property
    def images(self) -> Path:
        """The images with their labels, splits, digests and folds."""
        return self.folder / "images.csv"

    @property
    def data_check(self) -> Path:
        """The findings about the images."""
        return self.folder / "data_check.json"

    @property
    def data_check_images(self) -> Path:
        """The thumbnails of the findings about the images."""
        return self.folder / "data_check"

    @property
    def label_check(self) -> Path:
        """The findings about the labels."""
        return self.folder / "label_check.json"

    @property
    def trials(self) -> Path:
        """The folder of the trials' folders."""
        return self.folder / "trials"

    def trial(self, number: int) -> TrialPaths:
        """The files of the trial with this number."""
        return TrialPaths(self.trials / f"{number:04d}")

    @property
    def best(self) -> Path:
        """The folder of the retrained model."""
        return self.folder / "best"

    @property
    def model(self) -> Path:
        """The retrained model."""
        return self.folder / MODEL

    @property
    def test_predictions(self) -> Path:
        """The predictions of the test images by the retrained model."""
        return TrialPaths(self.best).predictions

    @property
    def mistakes(self) -> Path:
        """The folder of the worst mistakes' overlays: where the retrained model sees the class that is wrong."""
        return self.best / "mistakes"

    def mistake(self, image: int) -> Path:
        """The overlay of the image with this index."""
        return self.mistakes / f"{image:06d}.jpg"

    @property
    def report(self) -> Path:
        """The folder of the report and the leaderboard."""
        return self.folder / "report"

    @property
    def report_page(self) -> Path:
        """The report."""
        return self.report / REPORT

    @property
    def tensorboard(self) -> Path:
        """The folder of TensorBoard's event files."""
        return self.folder / "tensorboard"

    @property
    def lock(self) -> Path:
        """The lock of the only writer."""
        return self.folder / LOCK_FILES[0]

    @property
    def lock_holder(self) -> Path:
        """The process that holds the lock."""
        return self.folder / LOCK_FILES[1]
