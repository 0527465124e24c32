"""The kinds of records in a study's log; one line of the log is one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import StudyError
from ..json_fields import from_json
from ..json_values import plain
from .header import Header, Places, SearchLimits
from .trial import Fit, Trial


@dataclass(frozen=True)
class Start:
    """A trial began.

    Attributes:
        number: the trial's number, from 1.
        role: `search` or `baseline`.
        recipe: every value of the classifier and its training.
        strategy: what the strategy needs to know of its proposal.
    """

    number: int
    role: str
    recipe: dict[str, Any]
    strategy: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FurtherFits:
    """A finished trial got more fits.

    Attributes:
        trial: the trial's number.
        fits: the new fits.
        score: the trial's score over all its fits.
        loss: the trial's log loss over all its fits.
        seconds: wall time of the new fits.
    """

    trial: int
    fits: tuple[Fit, ...]
    score: float
    loss: float | None = None
    seconds: float = 0.0

    def added_to(self, trial: Trial) -> Trial:
        """Return the trial with these fits, and its score, loss and seconds over all of them."""
        return replace(
            trial,
            fits=(*trial.fits, *self.fits),
            score=self.score,
            loss=self.loss,
            seconds=trial.seconds + self.seconds,
        )


@dataclass(frozen=True)
class Death:
    """A process died while it ran a trial.

    Attributes:
        trial: the trial's number.
        cause: how the process ended.
    """

    trial: int
    cause: str


@dataclass(frozen=True)
class Resume:
    """A later call of the same search went on with the study.

    Attributes:
        limits: how far the later call goes.
        command: the command of the later call.
        versions: the versions of the libraries.
        at: when it went on, ISO 8601 in UTC.
    """

    limits: SearchLimits
    command: str | None
    versions: dict[str, str]
    at: str


@dataclass(frozen=True)
class Move:
    """The images or the weights lie in another place than before.

    Attributes:
        places: where they lie from here on.
        at: when a call said so, ISO 8601 in UTC.
    """

    places: Places
    at: str


@dataclass(frozen=True)
class RetrainScores:
    """What the retrained model scored on the test images.

    Attributes:
        accuracy: the share of images predicted correctly, 0 to 1.
        loss: the mean log loss, in nats.
        score: the objective.
        images: the number of test images.
    """

    accuracy: float
    loss: float | None
    score: float | None
    images: int


@dataclass(frozen=True)
class SeedScores:
    """What a recipe scored on the test images when it was trained with another seed.

    Attributes:
        seed: the seed of the training, of an ensemble that of its first member.
        test: the scores.
    """

    seed: int
    test: RetrainScores


@dataclass(frozen=True)
class Retrain:
    """A trial's recipe was trained on all development images, and mostly scored on the test images.

    Attributes:
        trial: the trial's number.
        seed: the seed of the training, of an ensemble that of its first member.
        epochs: how many epochs it was trained for, the members of an ensemble together.
        test: the scores on the test images, None if they are kept for a better model.
        look: how often the test images have been scored by then; restoring a lost model repeats a score.
        seconds: wall time.
        model: the model's path in the study.
        digest: SHA-256 of the model's file.
        at: when it ended, ISO 8601 in UTC.
        temperature: what the model's probabilities were scaled with, 1 for nothing.
        others: what the same recipe scored at the same look with other seeds; the model is that of `seed`.
    """

    trial: int
    seed: int
    epochs: int
    test: RetrainScores | None
    look: int
    seconds: float
    model: str
    digest: str
    at: str
    temperature: float = 1.0
    others: tuple[SeedScores, ...] = ()


Record = Header | Start | Trial | FurtherFits | Death | Resume | Move | Retrain

KINDS: dict[str, type] = {
    "study": Header,
    "start": Start,
    "trial": Trial,
    "fit": FurtherFits,
    "death": Death,
    "resume": Resume,
    "move": Move,
    "retrain": Retrain,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def as_line(record: Record) -> dict[str, Any]:
    """Return a record as the JSON values of its line, with its `kind`."""
    return {"kind": _NAMES[type(record)], **plain(asdict(record))}


def from_line(line: Mapping[str, Any]) -> Record | None:
    """Return the record of a line; None for a kind that this version does not know.

    Raises:
        StudyError: values are missing or of another type.
    """
    kind = KINDS.get(line["kind"])
    if kind is None:
        return None
    values = {name: value for name, value in line.items() if name != "kind"}
    if kind is Header:
        return Header.from_json(values)
    if kind is Trial:
        return Trial.from_dict(values)
    try:
        return from_json(kind, values)
    except StudyError as error:
        raise StudyError(f"not a record of the kind {line['kind']} ({error})") from None
