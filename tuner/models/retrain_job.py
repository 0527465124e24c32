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

# How many training images a model that is not scored is tried on.
_TRIED = 32


@dataclass(frozen=True)
class RetrainedMember:
    """A trial to fit again, alone or as a member of an ensemble.

    Attributes:
        trial: The number of the trial.
        recipe: The values of its `Recipe`.
        history: The epochs to repeat, with their stages and learning rates.
        seed: Decides the fit.
        weight: Its share in the mean of the probabilities.
    """

    trial: int
    recipe: dict[str, Any]
    history: list[dict[str, Any]]
    seed: int
    weight: float = 1.0


@dataclass(frozen=True)
class RetrainJob:
    """One retraining.

    Attributes:
        trial: The number of the trial to retrain.
        members: What to fit: the trial itself, or the members of an ensemble.
        train: Indices of the training images in the task's pool.
        test: Indices of the test images among the study's images.
        test_paths: The test images' files.
        test_labels: The test images' classes, int64 (n,).
        paths: The study that takes the model and its files.
        facts: More values for the model card.
    """

    trial: int
    members: tuple[RetrainedMember, ...]
    train: np.ndarray
    test: np.ndarray
    test_paths: tuple[Path, ...]
    test_labels: np.ndarray
    paths: StudyPaths
    facts: dict[str, Any]

    @property
    def epochs(self) -> int:
        """The number of epochs of all members together."""
        return sum(len(member.history) for member in self.members)


def retrain_and_test(task: Task, job: RetrainJob, report: OnEvent) -> RetrainScores | None:
    """Retrain, save the model and return its test scores, None where there are no test images."""
    import keras

    from .assemble import predict_images

    recipes = [Recipe.from_dict(member.recipe) for member in job.members]
    model = _retrained(task, job, recipes, report)
    size, resize = max(recipe.image_size for recipe in recipes), recipes[0].resize
    # A model that is not scored is tried on images that it was trained on.
    paths = job.test_paths or tuple(task.paths[i] for i in job.train[:_TRIED])
    with replacing(job.paths.model, ".keras") as beside:
        model.save(beside)
        # The test images are scored with the file that is handed over, read back as a user would.
        saved = keras.models.load_model(beside, compile=False, safe_mode=True)
        if job.test_paths:
            report(Progress("scoring the test images", 0, len(job.test)))
        predict_images(saved, paths[:1], size, resize)  # compiles
        started = time.perf_counter()
        probabilities = predict_images(saved, paths, size, resize)
        milliseconds = 1000 * (time.perf_counter() - started) / max(1, len(paths))
        if not np.isfinite(probabilities).all():
            raise TrialFailure("the retrained model's probabilities are not finite")
    scores = _scores(task, job, probabilities) if job.test_paths else None
    write_model_files(
        job.paths.model,
        classes=task.classes,
        image_size=size,
        resize=resize,
        members=[
            (member.trial, member.weight, {**member.recipe, "epochs": len(member.history)})
            for member in job.members
        ],
        objective=task.objective,
        test=scores,
        facts={
            **job.facts,
            "trial": job.trial,
            "images": len(job.train),
            "parameters": model.count_params(),
            "milliseconds": milliseconds,
            "keras": keras.__version__,
        },
    )
    job.paths.test_predictions.unlink(missing_ok=True)
    if scores is not None:
        predictions = {
            "indices": job.test,
            "labels": job.test_labels,
            "probabilities": probabilities,
        }
        write_predictions(job.paths.test_predictions, predictions)
    return scores


def _scores(task: Task, job: RetrainJob, probabilities: np.ndarray) -> RetrainScores:
    labels = job.test_labels
    return RetrainScores(
        accuracy=float((probabilities.argmax(axis=1) == labels).mean()),
        loss=log_loss(labels, probabilities),
        score=float(OBJECTIVES[task.objective].score(labels, probabilities)),
        images=len(labels),
    )


def _retrained(task: Task, job: RetrainJob, recipes: list[Recipe], report: OnEvent) -> Any:
    """Fit all members on the training images, and return them as one Keras model."""
    from ..training.estimators import make_estimator
    from .assemble import assemble
    from .ensemble import EnsembleBuilder

    ensemble, done = EnsembleBuilder(max(recipe.image_size for recipe in recipes)), 0
    for member, recipe in zip(job.members, recipes, strict=True):
        estimator = make_estimator(task, recipe, member.seed, report)

        def progress(row: dict[str, Any], before: int = done) -> None:
            report(Progress("retraining", before + row["epoch"], job.epochs))

        estimator.refit(job.train, member.history, on_epoch=progress)
        if len(recipes) == 1:
            return assemble(estimator)
        ensemble.add(estimator, member.weight)
        done += len(member.history)
    return ensemble.model()
