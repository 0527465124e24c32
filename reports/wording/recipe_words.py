"""A recipe in a few words, for tables and progress lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..ranking.ensembles.pool import MEAN_OF_PROBES
from ..study.trial import SEARCH
from .formatting import listed

if TYPE_CHECKING:
    from ..study.trial import Trial

# In the order of the words; what speaks for itself shows its value alone.
PHRASES = {
    "backbone": "{}",
    "image_size": "{} px",
    "classifier": "{}",
    "pooling": "{}",
    "token_pooling": "tokens {}",
    "dense": "dense {}",
    "dropout": "dropout {}",
    "learning_rate": "rate {}",
    "fine_tune_rate": "fine-tune rate {}",
    "unfreeze": "unfreeze {}",
    "head_epochs": "head epochs {}",
    "batch_size": "batch {}",
    "steps_per_epoch": "steps {}",
    "optimizer": "{}",
    "l2": "l2 {}",
    "augment": "augment {}",
}
# Said by other values already, or nothing worth saying: a dense head has its layers.
UNSAID = {"classifier": "head", "augment": "none"}
KINDS = ("backbone", "image_size", "classifier", "augment")
USUAL = ("backbone", "classifier", "pooling", "token_pooling", "dense", "learning_rate", "unfreeze")


def recipe_words(recipe: Mapping[str, Any], names: Collection[str] = USUAL) -> str:
    """Return the values of `names` in one line: "mobilenet_v2, gap, dense 256-64, rate 0.00032, unfreeze 0".

    Names that the recipe lacks are left out; numbers are rounded to two digits that count.
    """
    ordered = [name for name in PHRASES if name in names]
    ordered += [name for name in names if name not in PHRASES]
    ordered = [name for name in ordered if recipe.get(name) not in (None, UNSAID.get(name))]
    phrases = (
        PHRASES.get(name, name.replace("_", " ").replace("{", "{{").replace("}", "}}") + " {}")
        for name in ordered
    )
    values = (short(recipe[name]) for name in ordered)
    return ", ".join(phrase.format(value) for phrase, value in zip(phrases, values, strict=True))


def trial_words(trial: Trial, names: Collection[str] = USUAL) -> str:
    """Return a trial's recipe as `recipe_words` does, or the members of an ensemble: "trials 2 (40 %), 5 (60 %)"."""
    if not trial.members:
        return recipe_words(trial.recipe, names)
    if trial.strategy.get("name") == MEAN_OF_PROBES:
        return f"mean of the probes {listed([str(m.trial) for m in trial.members])}"
    shares = [f"{m.trial} ({100 * m.weight:.0f} %)" for m in trial.members]
    return f"weighted mean of trials {listed(shares)}"


def trial_name(trial: Trial) -> str:
    """Return what kind of model a trial makes, for a sentence: "a logistic probe on mobilenet_v2"."""
    if not trial.members:
        return model_name(trial.recipe)
    if trial.strategy.get("name") == MEAN_OF_PROBES:
        return f"the mean of {len(trial.members)} logistic probes"
    return f"a weighted mean of {len(trial.members)} models"


def model_name(recipe: Mapping[str, Any]) -> str:
    """Return what kind of model a recipe makes, for a sentence: "a logistic probe on mobilenet_v2 at 320 px"."""
    backbone, classifier = recipe.get("backbone", "a backbone"), recipe.get("classifier", "head")
    if classifier == "most_frequent":
        return "always the most frequent class"
    if classifier == "neighbours":
        return f"nearest neighbours on {backbone}"
    if classifier == "logistic":
        views = " with augmented views" if recipe.get("views") else ""
        size = f" at {recipe['image_size']} px" if "image_size" in recipe else ""
        return f"a logistic probe on {backbone}{size}{views}"
    if "depth" in recipe:  # only networks from scratch are shaped
        return f"{backbone} from scratch"
    return f"{backbone} fine-tuned" if recipe.get("unfreeze") else f"a head on frozen {backbone}"


def varied_names(recipes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names with different values among the recipes that have them, in the order of the recipes."""
    values: dict[str, set[str]] = {}
    for recipe in recipes:
        for name, value in recipe.items():
            values.setdefault(name, set()).add(repr(value))
    return [name for name, different in values.items() if len(different) > 1]


def recipe_names(trials: Iterable[Trial]) -> list[str]:
    """Return the hyperparameters that tell these trials apart, or the usual ones when none differs.

    Those are what differs among searched trials; of the baselines only what kind of model they are.
    """
    ordered = sorted(trials, key=lambda trial: trial.number)
    searched = varied_names(trial.recipe for trial in ordered if trial.role == SEARCH)
    singles = [trial.recipe for trial in ordered if not trial.members]
    kinds = [name for name in varied_names(singles) if name in KINDS]
    return list(dict.fromkeys([*kinds, *(searched or USUAL)]))


def short(value: Any) -> str:
    """Return a value as a person writes it: two digits that count, lists joined by dashes, nothing as "none"."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return _short_number(value)
    if isinstance(value, list | tuple):
        return "-".join(short(item) for item in value) or "none"
    return str(value)


def _short_number(value: float) -> str:
    text = f"{value:.2g}".replace("e-0", "e-")
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e9 else text
