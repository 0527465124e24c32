"""The retraining that runs in a worker: train on everything, save the whole model, score it on the test images."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import decode_all
from ...reports import OBJECTIVES, RetrainScores, StudyPaths, log_loss, replacing, write_predictions
from ...search_spaces import Recipe
from ..errors import TrialFailure
from ..events import OnEvent, Progress
from ..trials.task import Task
from .exports.zipped import write_labels
from .labels import Labels

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
        temperature: What the probabilities are scaled with.
        confidences: Those of `Labels`.
    """

    trial: int
    members: tuple[RetrainedMember, ...]
    train: np.ndarray
    test: np.ndarray
    test_paths: tuple[Path, ...]
    test_labels: np.ndarray
    paths: StudyPaths
    temperature: float = 1.0
    confidences: tuple[float, ...] = ()

    @property
    def epochs(self) -> int:
        """The number of epochs of all members together."""
        return sum(len(member.history) for member in self.members)


def retrain_and_test(task: Task, job: RetrainJob, report: OnEvent) -> RetrainScores | None:
    """Retrain, save the model and return its test scores, None where there are no test images."""
    from .assemble import calibrated
    from .exports.keras_file import load
    from .predict import predict_images

    recipes = [Recipe.from_dict(member.recipe) for member in job.members]
    model = calibrated(_retrained(task, job, recipes, report), job.temperature)
    size, resize = max(recipe.image_size for recipe in recipes), recipes[0].resize
    labels = Labels(task.classes, size, resize, job.confidences, task.gray)
    # A model that is not scored is tried on images that it was trained on.
    paths = job.test_paths or tuple(task.paths[i] for i in job.train[:_TRIED])
    with replacing(job.paths.model, ".keras") as beside:
        model.save(beside)
        write_labels(beside, labels.to_json())
        # The test images are scored with the file that is handed over, read back as a user would.
        if job.test_paths:
            report(Progress("scoring the test images", 0, len(job.test)))
        decoded = decode_all(paths, size, resize, gray=task.gray)
        probabilities = predict_images(load(beside), decoded, labels)
        if not np.isfinite(probabilities).all():
            raise TrialFailure("the retrained model's probabilities are not finite")
    scores = _scores(task, job, probabilities) if job.test_paths else None
    # Both were of the model that is replaced.
    job.paths.test_predictions.unlink(missing_ok=True)
    shutil.rmtree(job.paths.mistakes, ignore_errors=True)
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
