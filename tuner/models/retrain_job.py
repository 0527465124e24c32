"""The retraining that runs in a worker: train on everything, save the whole model, score it on the test images."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...reports import OBJECTIVES, RetrainScores, StudyPaths, log_loss, replacing, write_predictions
from ...search_spaces import Recipe
from ..errors import TrialFailure
from ..events import OnEvent, Progress
from ..trials.task import Task
from .card import write_model_files


@dataclass(frozen=True)
class RetrainJob:
    """One retraining.

    Attributes:
        trial: The number of the trial to retrain.
        recipe: The values of its `Recipe`.
        history: The epochs to repeat, with their stages and learning rates.
        seed: Decides the fit.
        train: Indices of the training images in the task's pool.
        test: Indices of the test images among the study's images.
        test_paths: The test images' files.
        test_labels: The test images' classes, int64 (n,).
        paths: The study that takes the model and its files.
        facts: More values for the model card.
    """

    trial: int
    recipe: dict[str, Any]
    history: list[dict[str, Any]]
    seed: int
    train: np.ndarray
    test: np.ndarray
    test_paths: tuple[Path, ...]
    test_labels: np.ndarray
    paths: StudyPaths
    facts: dict[str, Any]


def retrain_and_test(task: Task, job: RetrainJob, report: OnEvent) -> RetrainScores:
    """Retrain, save the model and return its test scores."""
    import keras

    from ..training.estimators import make_estimator
    from .assemble import assemble, predict_images

    recipe = Recipe.from_dict(job.recipe)
    estimator = make_estimator(task, recipe, job.seed, report)
    epochs = len(job.history)
    estimator.refit(
        job.train,
        job.history,
        on_epoch=lambda row: report(Progress("retraining", row["epoch"], epochs)),
    )
    model = assemble(estimator)
    with replacing(job.paths.model, ".keras") as beside:
        model.save(beside)
        # The test images are scored with the file that is handed over, read back as a user would.
        saved = keras.models.load_model(beside, compile=False, safe_mode=True)
        report(Progress("scoring the test images", 0, len(job.test)))
        started = time.perf_counter()
        probabilities = predict_images(saved, job.test_paths, recipe.image_size, recipe.resize)
        milliseconds = 1000 * (time.perf_counter() - started) / max(1, len(job.test))
        if not np.isfinite(probabilities).all():
            raise TrialFailure("the retrained model's probabilities are not finite")
        labels = job.test_labels
        scores = RetrainScores(
            accuracy=float((probabilities.argmax(axis=1) == labels).mean()),
            loss=log_loss(labels, probabilities),
            score=float(OBJECTIVES[task.objective].score(labels, probabilities)),
            images=len(labels),
        )
    write_model_files(
        job.paths.model,
        classes=task.classes,
        recipe=job.recipe,
        objective=task.objective,
        test=scores,
        facts={
            **job.facts,
            "trial": job.trial,
            "images": len(job.train),
            "epochs": epochs,
            "parameters": model.count_params(),
            "milliseconds": milliseconds,
            "keras": keras.__version__,
        },
    )
    predictions = {"indices": job.test, "labels": labels, "probabilities": probabilities}
    write_predictions(job.paths.test_predictions, predictions)
    return scores
