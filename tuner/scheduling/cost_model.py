"""What recipes cost, in multiplications: known beforehand, and the same on every machine.

Decisions follow this arithmetic, never seconds, so that a busy machine finds what an idle one finds. The yardstick is
what every search pays anyway: the frozen features that the probes need.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

from ...datasets import Policy
from ...reports import Trial
from ...search_spaces import Choice, Recipe, Space, required
from ..backbones.layer_costs import LayerCosts
from .baselines import plain_baselines

# One pass of MobileNetV2 over 1,000 images of 224 pixels: nobody minds the wait, however few images there are.
_LEAST_YARDSTICK = 300e9
# The backward pass costs two forward ones.
_FORWARD_AND_BACKWARD = 3
# Updating a weight moves about as many bytes as so many multiplications take time.
_UPDATE = 50
# What one fit may cost, in yardsticks; more in a search of more than `_USUAL_TRIALS` trials.
_FIT_SHARE = 0.25
# From which cost of its first fits on a recipe gets them one after another.
_COSTLY_SHARE = 0.5
# What costly trials may cost together: at the beginning, and in addition by the usual number of trials.
_FIRST_ALLOWANCE, _ALLOWANCE = 0.5, 0.5
# What needs no allowance.
_FREE_SHARE = 0.05
_USUAL_TRIALS = 20
# One of so many parts validates where there is a single split.
_PARTS = 5


class CostModel:
    """What fits, feature passes and trials of one search cost, in multiplications.

    Recipes that train a network from scratch are never limited, nor is anything where no recipe keeps its backbone
    frozen: nothing cheaper could take its place.

    Args:
        space: what is searched.
        layers: the costs of each backbone's layers by its name.
        images: the number of images that are trained or validated on.
        classes: the number of classes.
        policy: how often a recipe is fitted.
        epochs: the most epochs of a fit.
        limited: whether dear recipes get fewer fits and epochs; in a comparison all recipes get the same.

    Attributes:
        policy: how often a recipe is fitted.
        limited: whether dear recipes get less.
        yardstick: the cost of the frozen features that the probes need.
    """

    def __init__(
        self,
        space: Space,
        layers: Mapping[str, LayerCosts],
        *,
        images: int,
        classes: int,
        policy: Policy,
        epochs: int,
        limited: bool = True,
    ):
        self.policy, self._layers = policy, layers
        self._images, self._classes = images, classes
        self._validated = images / (policy.folds if policy.folds > 1 else _PARTS)
        probes = [r for r in plain_baselines(space, epochs) if r.classifier == "logistic"]
        passes = {(r.backbone, r.image_size): self._pass(r) for r in probes}
        self._probed = set(passes)
        self.yardstick = max(sum(passes.values()), _LEAST_YARDSTICK)
        unfreeze = space.domain("unfreeze")
        self.limited = limited
        self._has_cheap_recipes = not isinstance(unfreeze, Choice) or 0 in unfreeze.values

    def is_costly(self, recipe: Mapping[str, Any]) -> bool:
        """Whether a recipe costs so much that its fits run one after another, and only while it may win."""
        made = Recipe.from_dict(recipe)
        fits = self.policy.first_fits * self.fit(made, self.epochs(made, made.epochs, 0))
        return self.limited and (made.from_scratch or fits > _COSTLY_SHARE * self.yardstick)

    def first_fits(self, recipe: Mapping[str, Any]) -> int:
        """Return how many fits a recipe has before it has to contend for more."""
        policy = self.policy
        return policy.costly_fits if self.is_costly(recipe) else policy.first_fits

    def of_fits(self, trial: Trial) -> tuple[float, float]:
        """Return what the first fits of a trial cost, and its further ones."""
        recipe, first = Recipe.from_dict(trial.recipe), self.first_fits(trial.recipe)
        each = [self.fit(recipe, fit.epochs) for fit in trial.fits]
        return sum(each[:first]), sum(each[first:])

    def per_fit(self, trial: Trial) -> float:
        """Return what a further fit of a trial costs: the mean of those that it had."""
        return sum(self.of_fits(trial)) / max(1, len(trial.fits))

    def of_trial(self, trial: Trial) -> float:
        """Return what a trial has cost, if recipes like it are limited."""
        recipe, epochs = (
            Recipe.from_dict(trial.recipe),
            max((f.epochs for f in trial.fits), default=0),
        )
        if not self._is_limited(recipe):
            return 0.0
        return self.passes(recipe, epochs) + sum(self.of_fits(trial))

    def epochs(self, recipe: Recipe, epochs: int, searched: int) -> int:
        """Return how many of a fit's epochs it may run, when so many trials have been searched before."""
        if not self._is_limited(recipe):
            return epochs
        most = _FIT_SHARE * self.yardstick * max(1.0, searched / _USUAL_TRIALS)
        cheap = self._head_epochs(recipe)
        return min(epochs, cheap + max(1, int(most / self._epoch(recipe))))

    def allowance(self, spent: float, searched: int) -> int:
        """Return what the next trial may cost, when costly ones have `spent` so much of so many searched trials."""
        share = _FIRST_ALLOWANCE + _ALLOWANCE * searched / _USUAL_TRIALS
        return int(max(share * self.yardstick - spent, _FREE_SHARE * self.yardstick))

    def first_look(self, recipe: Recipe, epochs: int) -> float:
        """Return what a trial costs until it may be given up, with features that no probe needs."""
        if not self._is_limited(recipe):
            return 0.0
        return self.passes(recipe, epochs) + self.fit(recipe, epochs)

    def of_values(self, space: Space, epochs: int) -> Callable[[dict[str, Any], int], float]:
        """Return the cost of a first look at a strategy's values that are to be trained for some epochs.

        Args:
            space: what is searched.
            epochs: the most epochs of a fit.
        """

        def cost(values: dict[str, Any], asked: int) -> float:
            recipe = space.recipe(values, epochs=epochs)
            return self.first_look(recipe, self.epochs(recipe, asked, 0))

        return cost

    def fit(self, recipe: Recipe, epochs: int) -> float:
        """Return what training a recipe once costs."""
        if not recipe.trained:
            return 0.0
        return max(0, epochs - self._head_epochs(recipe)) * self._epoch(recipe)

    def passes(self, recipe: Recipe, epochs: int) -> float:
        """Return what features cost that no probe needs: of other layers, unaveraged ones, and augmented views."""
        if recipe.from_scratch or recipe.unfrozen == "all" or not recipe.trained:
            return 0.0
        used = min(recipe.views or 0, epochs)
        is_probed = (
            recipe.unfrozen == 0
            and recipe.pooling != "flatten"
            and (recipe.backbone, recipe.image_size) in self._probed
        )
        views = used * (2 if recipe.mirrored and recipe.unfrozen == 0 else 1)
        plain = 0 if is_probed else (2 if recipe.mirrored else 1)
        return (views + plain) * self._images * self._prefix(recipe)

    def _is_limited(self, recipe: Recipe) -> bool:
        is_choice = self._has_cheap_recipes and recipe.trained and not recipe.from_scratch
        return self.limited and is_choice

    def _pass(self, recipe: Recipe) -> float:
        return (2 if recipe.mirrored else 1) * self._images * self._prefix(recipe)

    def _scale(self, recipe: Recipe) -> float:
        return (recipe.image_size / self._layers[recipe.backbone].size) ** 2

    def _prefix(self, recipe: Recipe) -> float:
        layers = self._layers[recipe.backbone]
        trained = layers.last(recipe.unfrozen)[0] if recipe.unfrozen else 0
        return self._scale(recipe) * (layers.last("all")[0] - trained)

    def _head_epochs(self, recipe: Recipe) -> int:
        """Return how many epochs train the head alone, before the backbone's last layers."""
        return (recipe.head_epochs or 0) if recipe.unfrozen and not recipe.from_scratch else 0

    def _epoch(self, recipe: Recipe) -> float:
        """Return what an epoch costs in which everything is trained that the recipe trains."""
        layers = self._layers[recipe.backbone]
        tail, weights = layers.last(recipe.unfrozen) if recipe.unfrozen else (0, 0)
        head = self._head_weights(recipe)
        forward = self._scale(recipe) * tail + head
        train = self._images - self._validated
        size = min(required(recipe.batch_size), train)
        steps = math.ceil(train / size)
        if (asked := recipe.steps_per_epoch or "full") != "full":
            steps = int(asked)
            train = steps * size
        views = 2 if recipe.mirrored and recipe.unfrozen else 1
        return (
            _FORWARD_AND_BACKWARD * forward * train
            + _UPDATE * (weights + head) * steps
            + views * forward * self._validated
        )

    def _head_weights(self, recipe: Recipe) -> float:
        output = self._layers[recipe.backbone].output
        width = float(output[-1])
        if recipe.pooling == "flatten":
            width *= math.prod(output[:-1]) * self._scale(recipe)
        widths = [width, *recipe.widths, self._classes]
        return sum(a * b for a, b in itertools.pairwise(widths))
