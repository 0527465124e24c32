"""The header of a study: everything that defines its search."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import StudyError
from ..json_fields import from_json
from ..json_values import plain

FORMAT = 2


@dataclass(frozen=True)
class SpaceFacts:
    """The search space.

    Attributes:
        name: the space's name.
        title: a title for people.
        domains: each hyperparameter's domain, such as `{"kind": "float", "low": 0, "high": 1, "log": false}`.
        runs: the recipes of a space that lists them.
    """

    name: str
    title: str
    domains: dict[str, dict]
    runs: tuple[dict, ...] = ()


@dataclass(frozen=True)
class DataFacts:
    """The data set.

    Attributes:
        name: the data set's name.
        root: the folder that the images' paths start from, as the latest call found them.
        digest: SHA-256 of all images and labels.
        classes: the names of the classes; a label is a position in this list.
        counts: for each split, its images of each class.
        unreadable: files that are no image, as pairs of path and cause.
        notes: what to know about the source.
        stated_splits: the splits that the source states itself.
        test_copies: how many test images show the same as an image of another split.
        gray_scale: which values of gray of more than 8 bits are black and white, for each kind of values.
        per_class: the most images of each class and split that were taken, null for all.
        min_per_class: classes of fewer images were left out, null for none.
        source: what the images are read from, as the latest call said it; empty where nobody noted it.
    """

    name: str
    root: str
    digest: str
    classes: tuple[str, ...]
    counts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    unreadable: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    stated_splits: tuple[str, ...] = ()
    test_copies: int = 0
    gray_scale: dict[str, tuple[float, float]] = field(default_factory=dict)
    per_class: int | None = None
    min_per_class: int | None = None
    source: str = ""


@dataclass(frozen=True)
class SplitSizes:
    """The number of images in each split.

    Attributes:
        train: images to train on.
        validation: images to choose by.
        test: images that score the retrained model.
    """

    train: int
    validation: int
    test: int

    @property
    def development(self) -> int:
        """The images that are not for the test."""
        return self.train + self.validation

    @property
    def total(self) -> int:
        """All images."""
        return self.development + self.test


@dataclass(frozen=True)
class PolicyFacts:
    """How recipes are validated.

    Attributes:
        kind: one split, hold-outs or cross-validation.
        folds: the parts that the images are divided into.
        repeats: how often they are divided.
        first_fits: the fits of every recipe.
        costly_fits: the fits of a recipe whose fits cost much, before it has to contend for more.
        fits: the most fits of a contender.
        criterion: what recipes are chosen by: `log_loss` or `error`, each also as `balanced_`.
        division: a digest of the division into folds.
        sentence: the number of folds and why, and what can be told apart with so many images.
    """

    kind: str
    folds: int
    repeats: int
    first_fits: int
    costly_fits: int
    fits: int
    criterion: str
    division: str
    sentence: str

    @property
    def asked(self) -> tuple[int, int]:
        """The folds and repeats that a search asks for to be validated so; hold-outs are asked for as one fold."""
        crossed = self.kind == "cross-validation"
        return (self.folds, self.repeats) if crossed else (1, self.fits)


@dataclass(frozen=True)
class WeightsFacts:
    """The backbones' weights.

    Attributes:
        source: `imagenet`, `none` or a folder, as the latest call said it.
        digests: each backbone's digest of its weights.
    """

    source: str
    digests: dict[str, str]


@dataclass(frozen=True)
class Places:
    """Where images and weights lie. What they are is their content, so that they can move.

    Attributes:
        source: what the images are read from: a folder, an archive, a manifest, an address or a name.
        root: the folder that the images' paths start from.
        weights: `imagenet`, `none` or a folder.
    """

    source: str
    root: str
    weights: str


@dataclass(frozen=True)
class ObjectiveFacts:
    """What the search improves.

    Attributes:
        name: the objective's name.
        direction: `max` or `min`.
    """

    name: str
    direction: str


@dataclass(frozen=True)
class SearchLimits:
    """How far the search goes.

    Attributes:
        trials: the most trials beside the baselines.
        budget_s: seconds of wall time.
        epochs: the most epochs of a fit.
    """

    trials: int | None
    budget_s: float | None
    epochs: int


@dataclass(frozen=True)
class Header:
    """Everything that defines a search.

    Attributes:
        format: the version of the study's format.
        space: the search space.
        data: the data set.
        split: the number of images in each split.
        policy: how recipes are validated.
        weights: the backbones' weights.
        objective: what the search improves.
        strategy: the strategy's name.
        limits: how far the search goes.
        strategy_trials: the number of trials that the strategy was planned for at its start.
        seed: where all randomness derives from.
        versions: the versions of the libraries.
        command: the command that repeats the search.
        created: when the study was begun, ISO 8601 in UTC.
        comparison: whether every recipe is fitted as often as a contender.
    """

    format: int
    space: SpaceFacts
    data: DataFacts
    split: SplitSizes
    policy: PolicyFacts
    weights: WeightsFacts
    objective: ObjectiveFacts
    strategy: str
    limits: SearchLimits
    strategy_trials: int | None
    seed: int
    versions: dict[str, str]
    command: str | None
    created: str
    comparison: bool = False

    @property
    def places(self) -> Places:
        """Where images and weights lie."""
        return Places(self.data.source, self.data.root, self.weights.source)

    def at(self, places: Places) -> Header:
        """Return the same header with the images and weights in other places."""
        return replace(
            self,
            data=replace(self.data, source=places.source, root=places.root),
            weights=replace(self.weights, source=places.weights),
        )

    @classmethod
    def from_json(cls, values: Any) -> Header:
        """Return a header from JSON values.

        Raises:
            StudyError: the header is of another format, or values are missing or of another type.
        """
        written = values.get("format") if isinstance(values, dict) else None
        if isinstance(written, int) and written != FORMAT:
            what = (
                "install a newer transfertune"
                if written > FORMAT
                else "run the search again in another folder"
            )
            raise StudyError(
                f"it was written in format {written}, but this version reads format {FORMAT}: {what}"
            )
        try:
            header = from_json(cls, plain(values))
        except StudyError as error:
            raise StudyError(f"its header is damaged ({error}): restore it from a copy") from None
        if header.objective.direction not in ("max", "min"):
            raise StudyError(
                f"its header is damaged (objective.direction must be max or min, but is "
                f"{header.objective.direction!r}): restore it from a copy"
            )
        return header
