"""The processes of `feature_cache.py`: each runs one role with its options and may write `report.json`."""

import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np


def startup(options: dict) -> None:
    """Import what both variants import, and nothing more."""
    import keras  # noqa: F401
    import keras_tuner  # noqa: F401


def ours(options: dict, *, in_process: bool = False) -> None:
    """Search with this project; run 0 keeps its study, whose recipes the plain variant repeats."""
    from transfertune.tuner import search

    folder = Path(options["folder"])
    cache = folder / options.get("cache", "cache")
    if "cache" not in options:
        shutil.rmtree(cache, ignore_errors=True)
    settings = {**options["settings"], "backbone": [options["backbone"]]}
    search(
        "plates",
        data=options["data"],
        weights=options["weights"],
        settings=settings,
        strategy="random",
        trials=options["trials"],
        epochs=options["epochs"],
        study=folder / f"study{options['run']}",
        cache=cache,
        in_process=in_process,
        retrain_winner=False,
        # One hold-out and no baselines: what plain Keras Tuner does.
        folds=1,
        repeats=1,
        every_fit=True,
    )


def plain(options: dict) -> None:
    """Search with Keras Tuner's own tuner and `Model.fit` from pixels, as its documentation does."""
    import keras
    import keras_tuner

    from transfertune.search_spaces import Recipe
    from transfertune.tuner.backbones.backbone import build_base, preprocess
    from transfertune.tuner.hyper_model import EpochSeeds, RecipeBatches
    from transfertune.tuner.training.head import apply_layers, head_layers
    from transfertune.tuner.training.network import compile_model

    keras.utils.set_random_seed(0)
    folder = Path(options["folder"])
    trials, pixels, labels, train, validation = _study(options)
    data = pixels[train], labels[train]
    held_out = pixels[validation], labels[validation]
    recipes = [Recipe.from_dict(trial.recipe) for trial in trials]

    class Model(keras_tuner.HyperModel):
        def build(self, hp):
            number = hp.Choice("recipe", list(range(options["first"], options["last"])))
            recipe = recipes[number]
            base = build_base(recipe.backbone, recipe.image_size, options["weights"])
            inputs = keras.Input((base.size, base.size, 3))
            if recipe.unfreeze:
                base.network.trainable = True
                for layer in base.network.layers[: -recipe.unfreeze]:
                    layer.trainable = False
                # Keras ignores `training=False` here, so the batch statistics are frozen by layer.
                features = _inference(base.network)(preprocess(base.row, inputs))
            else:
                features = base.network(preprocess(base.row, inputs), training=False)
            x = keras.layers.GlobalAveragePooling2D()(features)
            stack = head_layers(recipe, int(labels.max()) + 1, trials[number].fits[0].seed)
            model = keras.Model(inputs, apply_layers(stack, x))
            rate = recipe.learning_rate or recipe.fine_tune_rate
            compile_model(model, recipe, rate, "sparse_categorical_crossentropy")
            return model

        def fit(self, hp, model, x, y, **fit_options):
            number = hp.get("recipe")
            seed = trials[number].fits[0].seed
            batches = RecipeBatches(x, y, recipes[number], seed, 0)
            callbacks = [*fit_options.pop("callbacks"), EpochSeeds(batches)]
            history = model.fit(batches, shuffle=False, callbacks=callbacks, **fit_options)
            (folder / f"plain_{number}.json").write_text(json.dumps(history.history))
            return history

    tuner = keras_tuner.GridSearch(
        Model(), "val_accuracy", directory=folder / f"plain{options['first']}", overwrite=True
    )
    tuner.search(*data, epochs=options["epochs"], validation_data=held_out, verbose=0)


def floor(options: dict) -> None:
    """Measure one pass of the backbone at its best batch size, and the heads' steps in one compiled call each."""
    import tensorflow as tf

    from transfertune.search_spaces import Recipe
    from transfertune.tuner.backbones.backbone import build_base
    from transfertune.tuner.features.features import prefix_model
    from transfertune.tuner.training.network import build_network

    trials, pixels, labels, train, validation = _study(options)
    recipes = [Recipe.from_dict(trial.recipe) for trial in trials]
    recipe = recipes[0]
    base = build_base(recipe.backbone, recipe.image_size, options["weights"])
    model = prefix_model(base, recipe.unfreeze, pooled=recipe.unfreeze == 0)
    forward = tf.function(lambda x: model(x, training=False))
    image = {}
    for size in (8, 16, 32, 64):
        batch = tf.constant(np.resize(pixels, (size, *pixels.shape[1:])).astype("float32"))
        forward(batch)
        started, rounds = time.process_time(), max(2, 64 // size)
        for _ in range(rounds):
            outputs = forward(batch)
        image[size] = (time.process_time() - started) / rounds / size
    rows = [np.resize(np.asarray(x), (len(pixels), *x.shape[1:])) for x in tf.nest.flatten(outputs)]
    targets = np.eye(int(labels.max()) + 1, dtype="float32")[labels]
    arithmetic = []
    for trial, recipe in zip(trials, recipes, strict=True):
        network = build_network(recipe, base, int(labels.max()) + 1, trial.fits[0].seed)
        train_step = network.train_steps["whole"]
        train_step.reset_optimizer()
        steps = [train[i : i + recipe.batch_size] for i in range(0, len(train), recipe.batch_size)]
        indices = np.concatenate(steps * options["epochs"])
        bounds = np.cumsum([0, *[len(step) for step in steps * options["epochs"]]])
        once = [x[indices[: bounds[2]]] for x in rows]
        train_step.train(once, targets[indices[: bounds[2]]], bounds[:3])  # compiles
        started = time.process_time()
        inputs = [x[indices] for x in rows]
        train_step.train(inputs, targets[indices], bounds)
        for _ in range(options["epochs"]):
            train_step.predict([x[validation] for x in rows])
        arithmetic.append(time.process_time() - started)
    forward_cpu = min(image.values()) * len(pixels)
    _report(
        options,
        {
            "cpu": forward_cpu + sum(arithmetic),
            "pass": forward_cpu,
            "heads": sum(arithmetic),
            "ms_per_image": {size: 1000 * seconds for size, seconds in image.items()},
        },
    )


def parts(options: dict) -> None:
    """Break the project's own CPU seconds down, in one process."""
    started = time.process_time()
    from transfertune.reports import FitFiles, StudyStore, TensorBoardLog
    from transfertune.tuner import keras_setup
    from transfertune.tuner.backbones import backbone
    from transfertune.tuner.features import features
    from transfertune.tuner.training import checkpoint, stages
    from transfertune.tuner.trials import trial_job as jobs

    keras_setup.prepare_keras()
    clock = {"start-up": time.process_time() - started}
    begun = time.process_time()
    with _Timers(clock) as timers:
        timers.watch("feature pass", features.FeatureSource, "_run", generator=True)
        timers.watch("building", backbone, "build_base")
        timers.watch("building", stages, "build_network")
        timers.watch("stepping", stages.Training, "epoch")
        timers.watch("stepping", stages.Training, "predict")
        timers.watch("saving", checkpoint.FitState, "save")
        timers.watch("saving", jobs, "write_beside")
        timers.watch("saving", FitFiles, "save")
        timers.watch("logging", StudyStore, "append")
        for method in ("start", "epoch", "finish"):
            timers.watch("logging", TensorBoardLog, method)
        ours(options | {"run": 4}, in_process=True)
    total = time.process_time() - begun
    clock["everything else"] = total - sum(v for k, v in clock.items() if k != "start-up")
    _report(options, clock)


class _Timers:
    """Adds up the CPU seconds of functions while they are watched; inner ones count for themselves alone."""

    def __init__(self, clock: dict[str, float]):
        self._clock, self._undo, self._inner = clock, [], [0.0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for owner, name, original in self._undo:
            setattr(owner, name, original)

    def watch(self, part: str, owner, name: str, *, generator: bool = False) -> None:
        original = getattr(owner, name)
        self._undo.append((owner, name, original))

        def call(*arguments, **named):
            return self._timed(part, lambda: original(*arguments, **named))

        def steps(*arguments, **named):
            iterator = original(*arguments, **named)
            while True:
                try:
                    item = self._timed(part, lambda: next(iterator))
                except StopIteration:
                    return
                yield item

        setattr(owner, name, steps if generator else call)

    def _timed(self, part: str, function):
        started = time.process_time()
        self._inner.append(0.0)
        try:
            return function()
        finally:
            spent = time.process_time() - started
            self._clock[part] = self._clock.get(part, 0.0) + spent - self._inner.pop()
            self._inner[-1] += spent


def _study(options: dict):
    """Return the trials of run 0, all pixels, labels, and the indices of training and validation images."""
    from transfertune.datasets import decode_all
    from transfertune.reports import load_study

    study = load_study(Path(options["folder"]) / "study0")
    images = study.images()
    used = ("train", "validation") if _stated(study) else ("train", "validation", "test")
    pool = images.indices(*used)
    size = study.trials[0].recipe["image_size"]
    pixels = np.stack(list(decode_all([images.path(i) for i in pool], size))).astype("float32")
    train, validation = (
        np.searchsorted(pool, images.indices(name)) for name in ("train", "validation")
    )
    return study.trials, pixels, images.labels[pool], train, validation


def _stated(study) -> bool:
    return "test" in study.header.data.stated_splits


def _inference(network):
    from transfertune.tuner.backbones.freeze_boundary import InferenceMode

    return InferenceMode(network)


def _report(options: dict, values: dict) -> None:
    (Path(options["folder"]) / "report.json").write_text(json.dumps(values))


if __name__ == "__main__":
    globals()[sys.argv[1]](json.loads(sys.argv[2]))
