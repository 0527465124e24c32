"""The searches that faults are tried on: small, real, and compared line by line with one that nothing happened to."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

STRATEGIES = ("random", "bayesian", "hyperband", "grid")
TRIALS = {"random": 5, "bayesian": 5, "hyperband": 8, "grid": 6}
EPOCHS = 3
SPACE = '''
"""Small heads on small backbones at two image sizes, so that searches end with ensembles."""
from transfertune.search_spaces import Choice, Float, Space

SPACE = Space(
    name="faults",
    title="Coloured noise",
    expects="the images drawn here",
    data=None,
    domains={
        "backbone": Choice(%s),
        "image_size": Choice(32, 48),
        "dense": Choice("none", "8", "16"),
        "learning_rate": Choice(3e-3, 1e-2, 3e-2),
        "dropout": %s,
        "batch_size": 16,
    },
    epochs=3,
    trials=5,
)
'''
_COLOURS = {"blue": (40, 60, 200), "green": (50, 180, 60), "red": (200, 50, 40)}


@dataclass(frozen=True)
class Place:
    """Where everything of a run of the harness lies: images, spaces, a cache that all searches share."""

    folder: Path

    @classmethod
    def prepare(cls, folder: Path, per_class: int = 12) -> Place:
        """Draw the images and write the spaces."""
        rng = np.random.default_rng(0)
        for name, colour in _COLOURS.items():
            (folder / "images" / name).mkdir(parents=True)
            for number in range(per_class):
                noise = np.array(colour) + rng.normal(0, 60, (40, 40, 3))
                pixels = np.clip(noise, 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / "images" / name / f"{number:02d}.png")
        small = repr("drawn_net")
        (folder / "searched.py").write_text(SPACE % (small, "Float(0, 0.5)"))
        (folder / "listed.py").write_text(SPACE % (small, "Choice(0.0, 0.2)"))
        both = f"{small}, {'mobilenet_v2_035'!r}"
        (folder / "several.py").write_text(SPACE % (both, "Float(0, 0.5)"))
        return cls(folder)

    def words(
        self,
        strategy: str,
        study: Path,
        *more: str,
        trials: int | None = None,
        epochs: int = EPOCHS,
    ) -> list[str]:
        """Return the command line of a search."""
        space = {"grid": "listed.py", "random": "several.py"}.get(strategy, "searched.py")
        options = {
            "--space": self.folder / space,
            "--data": self.folder / "images",
            "--strategy": strategy,
            "--trials": trials or TRIALS[strategy],
            "--epochs": epochs,
            "--study": study,
        }
        words = ["search", *(str(part) for pair in options.items() for part in pair)]
        # The default policy, with its race for the best, takes long, and so do two backbones, of which one has no
        # weights of the project's own; one strategy is enough for both.
        return [
            *words,
            *(
                ("--weights", "none")
                if strategy == "random"
                else ("--folds", "2", "--repeats", "1")
            ),
            *more,
        ]

    @property
    def environment(self) -> dict[str, str]:
        """Return what the processes get to know: one cache, and one thread each to leave the machine usable."""
        return {"TRANSFERTUNE_CACHE": str(self.folder / "cache"), "OMP_NUM_THREADS": "1"}


def records(study: Path) -> list[dict]:
    """Return the whole lines of a study's log; a torn last line is none."""
    try:
        lines = (study / "trials.jsonl").read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line.endswith(b"\n") and line.strip()]


def finished(study: Path) -> dict[int, dict]:
    """Return the records of the finished and failed trials by number."""
    return {r["number"]: r for r in records(study) if r["kind"] == "trial"}


@dataclass
class Counts:
    """What must all stay zero, and how much was tried."""

    kills: int = 0
    resumes: int = 0
    lost: int = 0
    run_again: int = 0
    refused: int = 0
    different: int = 0
    orphans: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """Return the sum of what must be zero."""
        return self.lost + self.run_again + self.refused + self.different + self.orphans

    def add(self, other: Counts) -> None:
        """Add another part's counts."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def note(self, what: str, example: str) -> None:
        """Count one of the wrong things, with an example."""
        setattr(self, what, getattr(self, what) + 1)
        self.examples.append(f"{what}: {example}")


class Witness:
    """Remembers what a study held at every kill, and judges what it holds in the end."""

    def __init__(self, study: Path, counts: Counts):
        self.study, self.counts = study, counts
        self.seen: dict[int, dict] = {}
        self.begun: Counter = Counter()

    def look(self) -> None:
        """After a kill: note the finished trials; those of before must be there as they were."""
        there = finished(self.study)
        for number, record in self.seen.items():
            if there.get(number) != record:
                self.counts.note("lost", f"{self.study.name}, trial {number}")
        self.seen.update(there)

    def judge(self, expected: dict[int, dict]) -> None:
        """At the end: nothing is lost or was run twice, and every trial is what it is without faults."""
        self.look()
        lines = records(self.study)
        numbers = Counter(r["number"] for r in lines if r["kind"] == "trial")
        done: set[int] = set()
        for record in lines:
            if record["kind"] == "trial":
                done.add(record["number"])
            elif record["kind"] == "start" and record["number"] in done:
                self.counts.note(
                    "run_again", f"{self.study.name}, trial {record['number']} began again"
                )
        for number, count in numbers.items():
            if count > 1:
                self.counts.note(
                    "run_again", f"{self.study.name}, trial {number} logged {count} times"
                )
        there = finished(self.study)
        for number in sorted(set(expected) | set(there)):
            mine, theirs = _facts(there.get(number)), _facts(expected.get(number))
            if mine != theirs:
                self.counts.note(
                    "different", f"{self.study.name}, trial {number}: {mine} != {theirs}"
                )


def _facts(trial: dict | None) -> tuple | None:
    """Return what of a trial does not depend on the clock."""
    if trial is None:
        return None
    fits = [
        {name: value for name, value in fit.items() if name != "seconds"} for fit in trial["fits"]
    ]
    return trial["status"], trial["score"], trial["recipe"], trial["members"], fits
