"""What keeps a search from going on with a study: changed options first, then changed content.

Places are no difference: the same images and weights elsewhere are the same search.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import StudyError
from .header import Header, SpaceFacts

_ONE_SPLIT = "one split"
_SHOWN = 5


@dataclass(frozen=True)
class Asked:
    """What the options of a search say, before an image is read.

    Attributes:
        space: the space with the settings.
        objective: the objective's name.
        strategy: the strategy's name.
        epochs: the most epochs of a fit.
        seed: where all randomness derives from.
        comparison: whether every recipe is fitted as often as a contender.
        folds: the folds of a cross-validation, 1 for hold-outs; None for what suits the images.
        repeats: how often; None for what suits the images.
        left_open: hyperparameters whose values the images decide.
    """

    space: SpaceFacts
    objective: str
    strategy: str
    epochs: int
    seed: int
    comparison: bool
    folds: int | None = None
    repeats: int | None = None
    left_open: frozenset[str] = frozenset()

    @classmethod
    def of(cls, header: Header) -> Asked:
        """Return what a search was asked for."""
        folds, repeats = header.policy.asked
        return cls(
            space=header.space,
            objective=header.objective.name,
            strategy=header.strategy,
            epochs=header.limits.epochs,
            seed=header.seed,
            comparison=header.comparison,
            folds=folds,
            repeats=repeats,
        )


@dataclass(frozen=True)
class BegunSearch:
    """The search in a study's folder, with which only the same search goes on.

    Each method raises `StudyError` when what it is given belongs to another search.
    """

    folder: Path
    header: Header

    def refuse_space(self, name: str) -> None:
        """Refuse a space of another name."""
        self._refuse(_space_differences(self.header.space.name, name))

    def refuse_options(self, asked: Asked) -> None:
        """Refuse other options."""
        self._refuse(option_differences(self.header, asked))

    def refuse_images(
        self,
        images: int,
        classes: tuple[str, ...],
        per_class: int | None,
        min_per_class: int | None,
    ) -> None:
        """Refuse another number of images or other classes, of which `per_class` and `min_per_class` were taken."""
        if (self.header.split.total, self.header.data.classes) != (images, classes):
            asked = per_class, min_per_class
            self._refuse(_image_differences(self.header, images, len(classes), *asked))

    def refuse(self, header: Header) -> None:
        """Refuse another header."""
        self._refuse(differences(self.header, header))

    def _refuse(self, found: list[str]) -> None:
        if found:
            more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            raise StudyError(
                f"{self.folder} holds another search, which differs in {'; '.join(found[:_SHOWN])}{more}. "
                "Give the same options to go on with it, or another folder with --study DIR."
            )


def differences(mine: Header, theirs: Header) -> list[str]:
    """Return what keeps the search `theirs` from going on with the study of `mine`, as phrases.

    Digests cannot be read, so they are compared only where no option explains the difference.
    """
    found = option_differences(mine, Asked.of(theirs))
    if mine.policy.kind == _ONE_SPLIT:
        found += _differing(("--repeats", mine.policy.asked[1], theirs.policy.asked[1]))
    if mine.data.digest != theirs.data.digest:
        data = theirs.data
        asked = data.per_class, data.min_per_class
        found += _image_differences(mine, theirs.split.total, len(data.classes), *asked)
    elif not found and mine.policy.division != theirs.policy.division:
        found.append("the division into folds")
    digests = mine.weights.digests
    names = [
        name
        for name, digest in theirs.weights.digests.items()
        if digests.get(name, digest) != digest
    ]
    return [*found, *([f"--weights (other weights of {', '.join(names)})"] if names else [])]


def option_differences(mine: Header, asked: Asked) -> list[str]:
    """Return the options that differ from those of a study, each with both values, as phrases.

    Another space explains everything else.
    """
    space = _space_differences(mine.space.name, asked.space.name)
    if space:
        return space
    folds, repeats = mine.policy.asked
    # Where the images have a split of their own, or too few for more, any number of repeats gives one split.
    unknown = asked.repeats is None or mine.policy.kind == _ONE_SPLIT
    return [
        *_differing(
            ("--objective", mine.objective.name, asked.objective),
            ("--strategy", mine.strategy, asked.strategy),
            ("--epochs", mine.limits.epochs, asked.epochs),
            ("--folds", folds, folds if asked.folds is None else asked.folds),
            ("--repeats", repeats, repeats if unknown else asked.repeats),
            ("--seed", mine.seed, asked.seed),
            ("the command", _command(mine.comparison), _command(asked.comparison)),
        ),
        *_domain_differences(mine, asked),
    ]


def _space_differences(mine: str, theirs: str) -> list[str]:
    return _differing(("--space", mine, theirs))


def _image_differences(
    mine: Header, images: int, classes: int, per_class: int | None, min_per_class: int | None
) -> list[str]:
    taken = _differing(
        ("--per-class", mine.data.per_class or "all", per_class or "all"),
        ("--min-per-class", mine.data.min_per_class or "any", min_per_class or "any"),
    )
    if taken:
        return taken
    there = _size(mine.split.total, len(mine.data.classes))
    return _differing(("--data", there, _size(images, classes))) or [
        "--data (other images or labels)"
    ]


def _size(images: int, classes: int) -> str:
    return f"{images:,} images of {classes:,} classes"


def _differing(*rows: tuple[str, Any, Any]) -> list[str]:
    """Return the rows of words and two values whose values differ, as phrases."""
    return [
        f"{words} ({mine} there, {theirs} here)" for words, mine, theirs in rows if mine != theirs
    ]


def _command(comparison: bool) -> str:
    return "tune compare" if comparison else "tune search"


def _domain_differences(mine: Header, asked: Asked) -> list[str]:
    there, here = mine.space.domains, asked.space.domains
    return [
        f"{name} ({_domain(there.get(name))} there, {_domain(here.get(name))} here)"
        for name in {**there, **here}
        if there.get(name) != here.get(name) and name not in asked.left_open
    ]


def _domain(domain: dict | None) -> str:
    if domain is None:
        return "nothing"
    if domain["kind"] == "choice":
        return "/".join(map(str, domain["values"]))
    low, high = f"{domain['low']:g}", f"{domain['high']:g}"
    whole = " in whole numbers" if domain["kind"] == "int" else ""
    return f"{low} to {high}{whole}{', logarithmic' if domain.get('log') else ''}"
