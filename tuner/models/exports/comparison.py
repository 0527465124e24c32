"""Holds an exported model against the retrained one, each run in a process of its own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....reports import StudyError, from_json
from ...errors import SearchError
from ..labels import Labels

# The largest difference of a probability and the least share of equal answers, by how a model is quantised. A half has
# eleven bits; eight bits move answers that were close, so that only the answers count.
_LIMITS = {None: (1e-4, 1.0), "float16": (0.05, 0.99), "int8": (1.0, 0.9)}

FIGURES = "transfertune"
"""The name of `Figures` in the front matter."""
HEADINGS = (
    "file",
    "quantised",
    "images",
    "largest difference",
    "same answers",
    "accuracy",
    "MB",
    "ms",
)
"""What `Comparison.cells` are."""


@dataclass(frozen=True)
class Run:
    """What a model gave: float32 (N, C) in batches, float32 (n, C) of the first images alone, milliseconds an image."""

    batched: np.ndarray
    alone: np.ndarray
    milliseconds: float


@dataclass(frozen=True)
class Comparison:
    """An exported model beside the retrained one.

    Attributes:
        name: The name of its file or folder.
        quantize: How it was quantised, None if it was not.
        images: The number of images that both were run on.
        difference: The largest difference of a probability, in batches and one by one.
        agreement: The share of images with the same most probable class.
        accuracy: The share of images whose class is right; None where they were trained on.
        megabytes: The size.
        milliseconds: The time of one image alone, without decoding.
    """

    name: str
    quantize: str | None
    images: int
    difference: float
    agreement: float
    accuracy: float | None
    megabytes: float
    milliseconds: float

    @property
    def cells(self) -> tuple[str, ...]:
        """The comparison as a row of a table under `HEADINGS`."""
        return (
            self.name,
            self.quantize or "",
            str(self.images),
            f"{self.difference:.1e}",
            f"{self.agreement:.1%}",
            "" if self.accuracy is None else f"{self.accuracy:.3f}",
            f"{self.megabytes:.2f}",
            f"{self.milliseconds:.1f}",
        )

    @property
    def mismatch(self) -> str | None:
        """What is too different, None if nothing is."""
        most, least = _LIMITS[self.quantize]
        if not self.difference <= most:  # a difference may be no number
            return f"a probability differs by {self.difference:.2g} (at most {most:g} is allowed)"
        if self.agreement < least:
            return f"only {self.agreement:.1%} of {self.images} answers are the same (at least {least:.0%} must be)"
        return None


@dataclass(frozen=True)
class Figures:
    """What the front matter of a card keeps: the digest of the retrained model, and the models beside it."""

    retrained: str
    files: tuple[Comparison, ...]

    @classmethod
    def of_card(cls, card: Path) -> "Figures | None":
        """Return the figures of a card, None where there is no card or a damaged one."""
        try:
            lines = card.read_text(encoding="utf-8").splitlines()
            line = next(line for line in lines if line.startswith(f"{FIGURES}: "))
            return from_json(cls, json.loads(line.removeprefix(f"{FIGURES}: ")))
        except (OSError, StopIteration, StudyError, ValueError):
            return None


def run_apart(ending: str, model: Path, labels: Labels, paths: list[Path], folder: Path) -> Run:
    """Run a model on image files in a new process.

    Args:
        ending: What the names of models of this format end in.
        model: The file or folder.
        labels: The labels.
        paths: The images.
        folder: Takes intermediate files.

    Raises:
        SearchError: The process failed.
    """
    wanted, out = folder / "images.json", folder / "probabilities.npz"
    wanted.write_text(
        json.dumps({"labels": labels.to_json(), "paths": list(map(str, paths))}), encoding="utf-8"
    )
    words = ["-m", f"{__package__}.rerun", ending, str(model), str(wanted), str(out)]
    done = subprocess.run(  # noqa: S603
        [sys.executable, *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise SearchError(f"The exported model does not run: {last[:300]}")
    with np.load(out, allow_pickle=False) as found:
        return Run(found["batched"], found["alone"], float(found["milliseconds"]))


def compare(
    run: Run,
    original: Run,
    truth: np.ndarray | None,
    *,
    name: str,
    quantize: str | None,
    megabytes: float,
) -> Comparison:
    """Return a run beside that of the original; `truth` is int64 (N,), None where the images were trained on."""
    answers = run.batched.argmax(axis=1)
    # Without quantisation, classes that are equally probable to the original may change places.
    slack = _LIMITS[None][0] if quantize is None else 0.0
    chosen = original.batched[np.arange(len(answers)), answers]
    equal = chosen >= original.batched.max(axis=1) - slack
    return Comparison(
        name=name,
        quantize=quantize,
        images=len(answers),
        difference=max(
            float(np.abs(run.batched - original.batched).max()),
            float(np.abs(run.alone - original.alone).max()),
        ),
        agreement=float(equal.mean()),
        accuracy=None if truth is None else float((answers == truth).mean()),
        megabytes=megabytes,
        milliseconds=run.milliseconds,
    )
