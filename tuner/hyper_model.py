"""A space as plain Keras Tuner runs it: whole models trained from pixels.

People can leave as easily as they came, and both ways of running a recipe can be compared.
"""

from copy import deepcopy
from typing import Any

import keras
import keras_tuner
import numpy as np

from ..datasets import Mixed, augment, mixup
from ..search_spaces import BACKBONES, HYPERPARAMETERS, Recipe, Space, required
from .backbones.backbone import Base, build_base, feature_map, preprocess
from .backbones.freeze_boundary import InferenceMode, count_layers, cut, unfreeze
from .backbones.pixel_scaling import PixelScaling, channel_statistics
from .backbones.scratch_layers import draw_weights, penalise
from .errors import SearchError
from .seeds import derive_seed
from .strategies.keras_tuner_space import declare
from .training.head import apply_layers, head_layers, pool
from .training.network import compile_model
from .training.stages import batches, seed_dropout

# Values other than these need the project's own training.
PLAIN = {
    "classifier": "head",
    "head_start": "random",
    "feature_scaling": "none",
    "class_weight": "none",
}
# What building and fitting follow, beside `PLAIN`. Nothing else is let through, so that none is ignored in silence.
APPLIED = frozenset(
    {
        "backbone", "image_size", "predict_views", "unfreeze", "pooling", "token_pooling", "depth", "width",
        "conv_activation", "conv_dropout", "pixel_scaling", "dense", "activation", "batch_norm", "dropout", "l2",
        "optimizer",
        "learning_rate", "batch_size", "steps_per_epoch", "head_epochs", "fine_tune_rate", "augment", "views",
        "mix", "mix_alpha", "patience", "plateau_patience", "plateau_factor", "min_learning_rate", "epochs",
        "resize",  # whoever decodes the images follows it
        "feature_dtype",  # no features are stored
    }
)  # fmt: skip


class HyperModel(keras_tuner.HyperModel):
    """Builds and fits a space's recipes for any Keras Tuner tuner.

    Images are NumPy arrays of pixels 0..255, shape (N, size, size, 3), of the size that the recipe's backbone
    takes, so a space that searches `image_size` is refused; labels are whole numbers, shape (N,). Batches, steps,
    augmented views, mixed images, early stopping and learning rates follow the recipe. Early stopping needs
    `validation_data`, a tuple of pixels and labels. A model of a recipe that mixes is compiled for one-hot labels;
    `fit` converts what it is given. Recipes that need the features of all images (probes, scaled features, balanced
    classes) or mix features are refused with a `SearchError`.

    Example:
        tuner = keras_tuner.RandomSearch(HyperModel(space, classes=10), "val_accuracy", max_trials=20)
        tuner.search(pixels, labels, epochs=20, validation_data=(more_pixels, more_labels))
    """

    def __init__(self, space: Space, classes: int, *, weights: str = "imagenet", seed: int = 0):
        super().__init__(name=space.name)
        if "image_size" in space.searched():
            raise SearchError(
                "Keras Tuner's fit takes images of one size, but the space searches image_size; search with "
                '`tune search`, or fix it, for example with `space.narrow({"image_size": ["native"]})`.'
            )
        self.space, self.classes, self.weights, self.seed = space, classes, weights, seed

    def recipe(self, hp: keras_tuner.HyperParameters) -> Recipe:
        """Return the recipe of Keras Tuner's values, declaring them first."""
        declare(self.space, hp)
        chosen = {name: hp.values[name] for name in self.space.searched() if name in hp.values}
        recipe = self.space.recipe({n: HYPERPARAMETERS[n].read(v) for n, v in chosen.items()})
        refuse_what_model_fit_cannot(recipe)
        return recipe

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Return the whole compiled model of a recipe."""
        recipe = self.recipe(hp)
        base = build_base(recipe.backbone, recipe.image_size, self.weights, recipe.architecture)
        pixels = keras.Input((base.size, base.size, 3), name="pixels")
        stack = head_layers(recipe, self.classes, self._fit_seed(recipe))
        features = self._features(recipe, base, pixels)
        model = keras.Model(pixels, apply_layers(stack, pool(recipe, features)))
        if not recipe.head_epochs:
            _unfreeze_last(base.network, recipe)
        compile_model(model, recipe, required(recipe.learning_rate), _loss(recipe))
        return model

    def _features(self, recipe: Recipe, base: Base, pixels):
        if recipe.mirrored and recipe.unfrozen == 0:
            both = keras.Model(pixels, feature_map(base, pixels, mirrored=True))
            return InferenceMode(both, name="backbone")(pixels)
        if not recipe.from_scratch:
            return InferenceMode(base.network, name="backbone")(preprocess(base.row, pixels))
        draw_weights(base.network, self._fit_seed(recipe))
        if recipe.l2:
            penalise(base.network, keras.regularizers.L2(recipe.l2))
        if recipe.pixel_scaling == "standard":
            return base.network(PixelScaling(name="scaling")(pixels))
        return base.network(preprocess(base.row, pixels))

    def fit(self, hp: keras_tuner.HyperParameters, model: keras.Model, x, y, **options: Any):
        """Fit as the recipe says; `options` are those of `Model.fit`."""
        recipe = self.recipe(hp)
        epochs = options.pop("epochs", self.space.epochs)
        head = min(recipe.head_epochs or 0, epochs)
        if recipe.pixel_scaling == "standard":
            model.get_layer("scaling").set(*channel_statistics([np.asarray(x)]))
        targets = np.asarray(y)
        if _mixes(recipe):
            targets = _one_hot(targets, self.classes)
            if options.get("validation_data") is not None:
                pixels, labels, *weights = options["validation_data"]
                options["validation_data"] = (pixels, _one_hot(labels, self.classes), *weights)
        data = RecipeBatches(np.asarray(x), targets, recipe, self._fit_seed(recipe), self.seed)
        callbacks = [*options.pop("callbacks", ()), *_callbacks(recipe, options)]
        callbacks.append(EpochSeeds(data))
        options["shuffle"] = False
        if head:
            model.fit(data, epochs=head, callbacks=callbacks, **options)
            _unfreeze_last(model.get_layer("backbone").model, recipe)
            compile_model(model, recipe, required(recipe.fine_tune_rate), _loss(recipe))
        return model.fit(data, epochs=epochs, initial_epoch=head, callbacks=callbacks, **options)

    def _fit_seed(self, recipe: Recipe) -> int:
        """Return the seed of a search's first fit of the recipe."""
        return derive_seed(derive_seed(self.seed, "fit", recipe.key), 0, 0)


class RecipeBatches(keras.utils.PyDataset):
    """The batches of a recipe's epochs, as `tuner.training` draws them; `EpochSeeds` chooses the epoch.

    Args:
        x: pixels 0..255, (N, size, size, 3).
        y: labels, (N,), or one-hot labels, float32 (N, C), where the recipe mixes images.
        recipe: batch size, steps, augmentation and mixing.
        seed: decides the order of images and how they are mixed.
        views_seed: decides the augmented views.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, recipe: Recipe, seed: int, views_seed: int):
        super().__init__()
        self._x, self._y, self._recipe = x, y, recipe
        self.seed, self._views_seed = seed, views_seed
        self.start(1)

    def start(self, epoch: int) -> None:
        """Draw the batches of an epoch, counted from 1."""
        self._epoch = epoch
        rng = np.random.default_rng([self.seed, epoch])
        self._batches = list(batches(np.arange(len(self._x)), self._recipe, rng))
        self._generators = [self._next_generator(batch, rng) for batch in self._batches]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int):
        batch = self._batches[index]
        pixels, targets = self._pixels(batch), self._y[batch]
        generator = self._generators[index]
        if generator is None:
            return pixels, targets
        mixed = self._mix(pixels.astype(np.uint8), deepcopy(generator))
        return mixed.arrays[0], mixed.labels(targets)

    def _next_generator(
        self, batch: np.ndarray, rng: np.random.Generator
    ) -> np.random.Generator | None:
        """Return the generator that mixes a batch, so that batches may be read in any order."""
        if not _mixes(self._recipe):
            return None
        generator = deepcopy(rng)
        # Images without channels cost nothing and draw the same numbers.
        self._mix(np.empty((len(batch), *self._x.shape[1:3], 0), np.uint8), rng)
        return generator

    def _mix(self, images: np.ndarray, rng: np.random.Generator) -> Mixed:
        kind, alpha = required(self._recipe.mix), required(self._recipe.mix_alpha)
        return mixup([images], kind, alpha=alpha, rng=rng)

    def _pixels(self, batch: np.ndarray) -> np.ndarray:
        strength, views = required(self._recipe.augment), self._recipe.views
        if strength == "none":
            return self._x[batch]
        view = (self._epoch - 1) % views if views else self._epoch - 1
        return np.stack(
            [
                augment(
                    self._x[i].astype(np.uint8),
                    strength,
                    seed=self._views_seed,
                    image=int(i),
                    view=view,
                )
                for i in batch
            ]
        )


class EpochSeeds(keras.callbacks.Callback):
    """Starts each epoch with the batches and the dropout that `tuner.training` gives it.

    Keras may read a data set once before the first epoch, so the data set cannot count epochs itself.
    """

    def __init__(self, data: RecipeBatches):
        super().__init__()
        self._data = data

    def on_epoch_begin(self, epoch: int, logs=None) -> None:
        """Seed the epoch, which Keras counts from 0."""
        self._data.start(epoch + 1)
        seed_dropout(self.model, self._data.seed, epoch + 1)


def refuse_what_model_fit_cannot(recipe: Recipe) -> None:
    """Refuse a recipe that `HyperModel` would not train as it says.

    Raises:
        SearchError: A value needs the project's own training.
    """
    for name, plain in PLAIN.items():
        value = getattr(recipe, name)
        if value not in (None, plain):
            raise SearchError(
                f"Keras Tuner's fit knows no {name} {value!r}; search with `tune search`, or fix {name} to {plain!r}."
            )
    unknown = [name for name in recipe.as_dict() if name not in APPLIED and name not in PLAIN]
    if unknown:
        raise SearchError(
            f"Keras Tuner's fit does not know {' and '.join(unknown)}; search with `tune search`."
        )
    if recipe.mirrored and recipe.unfrozen != 0:
        raise SearchError(
            "Keras Tuner's fit knows predict_views 'mirror' only where the backbone is frozen, but got unfreeze "
            f"{recipe.unfrozen!r}; search with `tune search`, or fix predict_views to 'none'."
        )
    if _mixes(recipe) and not _trains_from_pixels(recipe):
        raise SearchError(
            f"Keras Tuner's fit knows mix {recipe.mix!r} only where everything is trained, but got unfreeze "
            f"{recipe.unfreeze!r}; search with `tune search`, or fix unfreeze to 'all' or mix to 'none'."
        )


def _mixes(recipe: Recipe) -> bool:
    return recipe.mix not in (None, "none")


def _trains_from_pixels(recipe: Recipe) -> bool:
    return recipe.from_scratch or (recipe.unfrozen == "all" and not recipe.head_epochs)


def _loss(recipe: Recipe) -> str:
    return "categorical_crossentropy" if _mixes(recipe) else "sparse_categorical_crossentropy"


def _one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    return np.eye(classes, dtype=np.float32)[np.asarray(labels)]


def _unfreeze_last(network: keras.Model, recipe: Recipe) -> None:
    if recipe.unfrozen != 0:
        layers = count_layers(network, recipe.unfrozen, BACKBONES[recipe.backbone].block)
        unfreeze(network, cut(network, layers).suffix)


def _callbacks(recipe: Recipe, options: dict[str, Any]) -> list[keras.callbacks.Callback]:
    if options.get("validation_data") is None:
        return []
    stop = keras.callbacks.EarlyStopping(
        "val_loss", patience=recipe.patience, restore_best_weights=True
    )
    if not recipe.plateau_patience:
        return [stop]
    reduce = keras.callbacks.ReduceLROnPlateau(
        "val_loss",
        factor=recipe.plateau_factor,
        patience=recipe.plateau_patience,
        min_delta=0,
        min_lr=recipe.min_learning_rate,
    )
    return [stop, reduce]
