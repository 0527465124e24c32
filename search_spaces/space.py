"""A search space: which values of which hyperparameters a search may choose, and for what data."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .backbone import Backbone
from .backbones import BACKBONES
from .domains import Choice, Domain, Float, Int, Value
from .errors import SpaceError
from .hyperparameters import HYPERPARAMETERS, unknown_hyperparameter
from .recipe import Recipe


@dataclass(frozen=True)
class Space:
    """What a search-space module declares, as `SPACE`.

    `domains` maps names of `HYPERPARAMETERS` to a domain, or to a plain value that is fixed; names left out stay at
    their default. Conditions between hyperparameters come with the table, so a space never states them.

    `data` is the named data set a search uses when the user names none, or None; `expects` says in words what
    images the space is meant for. `epochs` and `trials` are the defaults of a search. `runs` are recipes that someone
    chose by hand, for the strategy `listed`: each gives values of its own, also outside the domains; what it leaves out
    is what the space fixes, or else the default.

    Raises:
        SpaceError: every wrong name or value, on one line.
    """

    name: str
    title: str
    expects: str
    data: str | None
    domains: Mapping[str, Domain | Value]
    epochs: int = 50
    trials: int = 30
    runs: tuple[Mapping[str, Value], ...] = ()
    _complete: Mapping[str, Domain] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        if not isinstance(self.domains, Mapping):
            raise SpaceError(
                f"Space {self.name!r}: domains must be a table of names and values, {{'dropout': 0.2}}, "
                f"but got {self.domains!r}"
            )
        mistakes = [
            str(unknown_hyperparameter(name))
            for name in self.domains
            if name not in HYPERPARAMETERS
        ]
        mistakes += self._wrong_fields()
        complete = {}
        for name, row in HYPERPARAMETERS.items():
            try:
                complete[name] = _read(name, self.domains.get(name, row.default))
            except SpaceError as error:
                mistakes.append(str(error))
        object.__setattr__(self, "_complete", complete)
        if not mistakes:
            mistakes += [
                *self._sizes_too_small(),
                *self._too_few_layers(),
                *self._nothing_to_unfreeze(),
                *self._nothing_to_cut(),
                *self._wrong_runs(),
            ]
        if mistakes:
            raise SpaceError(f"Space {self.name!r}: " + "; ".join(mistakes))

    def _wrong_fields(self) -> list[str]:
        mistakes = [
            f"{name} must be a whole number from 1, but got {value!r}"
            for name, value in (("epochs", self.epochs), ("trials", self.trials))
            if not isinstance(value, int) or isinstance(value, bool) or value < 1
        ]
        if not re.fullmatch(r"\w[\w.-]*", str(self.name)):
            mistakes.append(
                "name must be of letters, digits, '_', '-' and '.', since a study's folder is named for it, "
                f"but got {self.name!r}"
            )
        return mistakes

    @property
    def backbones(self) -> tuple[str, ...]:
        """The names of the backbones that a search may choose."""
        return tuple(str(name) for name in self._values("backbone"))

    def domain(self, name: str) -> Domain:
        """Return the domain of any hyperparameter, fixed defaults included."""
        return self._complete[name]

    def searched(self) -> dict[str, Domain]:
        """Return the domains in which there is something to choose, parents before what depends on them."""
        return {name: domain for name, domain in self._complete.items() if not domain.fixed}

    def fixed(self) -> dict[str, Value]:
        """Return the values that never vary."""
        return {name: self._values(name)[0] for name, d in self._complete.items() if d.fixed}

    def shown(self) -> dict[str, Domain]:
        """Return all domains with the values that recipes have: image sizes in pixels."""
        size = self._complete["image_size"]
        if not isinstance(size, Choice):
            return dict(self._complete)
        pixels = {
            row.pixels(value if isinstance(value, str) else int(value))
            for row in self._backbones()
            for value in size.values
        }
        return {**self._complete, "image_size": Choice(*sorted(pixels))}

    def may_apply(self, name: str) -> bool:
        """Say whether some recipe of the space has the hyperparameter."""
        domains = {
            parent: self._complete[parent] for parent, _ in HYPERPARAMETERS[name].excluded_by
        }
        left = {p: set(d.values) for p, d in domains.items() if isinstance(d, Choice)}
        for parent, value in HYPERPARAMETERS[name].excluded_by:
            left.get(parent, set()).discard(value)
        return all(values or not self.may_apply(parent) for parent, values in left.items())

    def recipe(self, values: Mapping[str, Any], *, epochs: int | None = None) -> Recipe:
        """Return the recipe of a strategy's values; what this space fixes is filled in."""
        return Recipe.from_values({**self.fixed(), **values}, epochs=epochs or self.epochs)

    def listed(self) -> list[dict[str, Value]]:
        """Return the values of every run, each recipe once."""
        recipes = {self.recipe(run): dict(run) for run in reversed(self.runs)}
        return list(reversed(recipes.values()))

    def narrow(self, settings: Mapping[str, Iterable[Any]]) -> "Space":
        """Return the space with hyperparameters fixed to one value or narrowed to a choice of several.

        Any value that the hyperparameter takes is accepted, also one outside this space's own domain. Runs with another
        value take the first one. Where all backbones can only be frozen, `unfreeze` is 0 unless it is set.
        """
        mistakes: list[str] = []
        narrowed = dict(self.domains)
        runs = [dict(run) for run in self.runs]
        for name, values in settings.items():
            if name not in HYPERPARAMETERS:
                mistakes.append(str(unknown_hyperparameter(name)))
                continue
            try:
                read = dict.fromkeys(HYPERPARAMETERS[name].read(value) for value in values)
                narrowed[name] = Choice(*read)
                for run in runs:
                    usual = run.get(name, self._default(name))
                    run[name] = usual if usual in read else next(iter(read))
            except SpaceError as error:
                mistakes.append(str(error))
        if mistakes:
            raise SpaceError("; ".join(mistakes))
        chosen = narrowed.get("backbone")
        if (
            isinstance(chosen, Choice)
            and "unfreeze" not in settings
            and _only_frozen(chosen.values)
        ):
            narrowed["unfreeze"] = Choice(0)
        return replace(self, domains=narrowed, runs=tuple(runs))

    def as_dict(self) -> dict[str, Any]:
        """Return what defines the space as JSON values, for the study's header."""
        domains = {name: domain.as_dict() for name, domain in self._complete.items()}
        described = {"name": self.name, "title": self.title, "domains": domains}
        return {**described, "runs": self.listed()} if self.runs else described

    def _default(self, name: str) -> Value:
        return self.fixed().get(name, HYPERPARAMETERS[name].default)

    def _wrong_runs(self) -> list[str]:
        mistakes = []
        for number, run in enumerate(self.runs, 1):
            try:
                self.recipe(run)
            except SpaceError as error:
                mistakes.append(f"run {number}: {error}")
            if run.get("backbone", self._default("backbone")) not in self._values("backbone"):
                mistakes.append(f"run {number}: its backbone is not among those of the space")
        return mistakes

    def _sizes_too_small(self) -> list[str]:
        sizes = [size for size in self._values("image_size") if isinstance(size, int)]
        return [
            f"image_size {size} is below the {row.smallest} that {row.name} takes"
            for row in self._backbones()
            for size in sizes
            if size < row.smallest
        ]

    def _too_few_layers(self) -> list[str]:
        unfrozen = self._complete["unfreeze"]
        numbers = unfrozen.values if isinstance(unfrozen, Choice) else (unfrozen.high,)
        return [
            f"unfreeze {number} is more than the {most} of {row.name}; say all for all of them"
            for row in self._backbones()
            for number in numbers
            if (most := _exceeded(number, row))
        ]

    def _nothing_to_unfreeze(self) -> list[str]:
        unfrozen = self._complete["unfreeze"]
        if unfrozen == Choice(0) or not _only_frozen(self.backbones):
            return []
        return [
            f"unfreeze must be 0 for {' and '.join(self.backbones)}, which can only be frozen, but got {unfrozen}"
        ]

    def _nothing_to_cut(self) -> list[str]:
        if "cutmix" not in self._values("mix"):
            return []
        return [
            f"mix cutmix needs maps, but frozen {row.name} gives {row.output}; use mixup"
            for row in self._backbones()
            if row.output != "map" and (row.only_frozen or 0 in self._values("unfreeze"))
        ]

    def _backbones(self) -> list[Backbone]:
        return [BACKBONES[name] for name in self.backbones]

    def _values(self, name: str) -> tuple[Value, ...]:
        domain = self._complete[name]
        return domain.values if isinstance(domain, Choice) else (domain.low,)


def _only_frozen(backbones: Iterable[Value]) -> bool:
    return all(BACKBONES[str(name)].only_frozen for name in backbones)


def _exceeded(unfreeze: Value, row: Backbone) -> str | None:
    """Return what a backbone has less of than `unfreeze` asks for."""
    if row.from_scratch or row.only_frozen:
        return None
    if isinstance(unfreeze, int):
        return f"{row.layers} layers" if unfreeze > row.layers else None
    asked = str(unfreeze).partition(" block")
    return f"{row.blocks} blocks" if asked[1] and int(asked[0]) > row.blocks else None


def _read(name: str, domain: Domain | Value) -> Domain:
    row = HYPERPARAMETERS[name]
    if isinstance(domain, Choice):
        return Choice(*(row.read(value) for value in domain.values), ordered=domain.ordered)
    if isinstance(domain, (Float, Int)):
        kinds = (float,) if isinstance(domain, Float) else (int, float)
        if not all(type(row.read(end)) in kinds for end in (domain.low, domain.high)):
            raise SpaceError(
                f"{name} is {row.allowed}, but the {type(domain).__name__} range ({domain}) gives "
                "other values; list the values with a Choice."
            )
        return domain
    return Choice(row.read(domain))
