"""Optuna's TPE with median pruning, over heads on features that are given."""

import contextlib

import keras
import optuna
from peer_features import PeerFeatures
from peer_incumbent import BATCH, Incumbent, OfferEpochs, OutOfTime, classifier
from peer_task import PeerTask

_EPOCHS = 30


class _Prune(keras.callbacks.Callback):
    """Tells Optuna each epoch's validation accuracy, and ends a trial below the median."""

    def __init__(self, trial: optuna.Trial):
        super().__init__()
        self._trial = trial

    def on_epoch_end(self, epoch, logs=None):
        """Report the epoch."""
        self._trial.report(logs["val_accuracy"], epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned


def search(task: PeerTask) -> None:
    """Search until the time is up, then train the best recipe on all development images."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    features, incumbent = PeerFeatures(task), Incumbent(task)

    def build(values: dict) -> keras.Model:
        inputs = keras.Input((features.of(values["backbone"]).shape[1],))
        return classifier(inputs, inputs, values, task.classes)

    def objective(trial: optuna.Trial) -> float:
        values = {
            "backbone": trial.suggest_categorical("backbone", task.backbones),
            "dense": trial.suggest_categorical("dense", [0, 64, 128, 256]),
            "dropout": trial.suggest_float("dropout", 0.0, 0.6),
            "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        }
        inputs = features.of(values["backbone"])
        keras.utils.set_random_seed(1000 * task.seed + trial.number)
        history = build(values).fit(
            inputs[task.train],
            task.targets[task.train],
            validation_data=(inputs[task.validation], task.targets[task.validation]),
            epochs=_EPOCHS,
            batch_size=BATCH,
            verbose=0,
            callbacks=[
                keras.callbacks.EarlyStopping(monitor="val_loss", patience=5),
                OfferEpochs(incumbent, values, inputs[task.test]),
                _Prune(trial),
            ],
        )
        return max(history.history["val_accuracy"])

    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=task.seed),
        pruner=optuna.pruners.MedianPruner(),
    )
    with contextlib.suppress(OutOfTime):
        study.optimize(objective)
    if incumbent.choice is not None:
        incumbent.train_on_all(build, features.of(incumbent.choice["backbone"]))
