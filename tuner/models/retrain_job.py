"""The retraining that runs in a worker: train on everything, save the whole model, score it on the test images."""

import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import decode_all
from ...reports import (
    OBJECTIVES,
    RetrainScores,
    SeedScores,
    StudyPaths,
    log_loss,
    replacing,
    write_predictions,
)
from ...search_spaces import Recipe
from ..errors import TrialFailure
from ..events import OnEvent, Progress
from ..trials.task import Task
from . import familiarity
from .exports.zipped import write_labels, write_member
from .familiarity import fit_familiarity, out_of_fold_distances
from .labels import Labels, certainty, percentiles

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
        folds: int16 (repeats, n), the fold in which each of them validates, -1 for never.
        test: Indices of the test images among the study's images.
        test_paths: The test images' files.
        test_labels: The test images' classes, int64 (n,).
        paths: The study that takes the model and its files.
        others: The same members with other seeds, which are scored only.
        temperature: What the probabilities are scaled with.
        validated: Indices of the validation images in the task's pool.
        confidences: The probability of the predicted class of each of them, (n,).
    """

    trial: int
    members: tuple[RetrainedMember, ...]
    train: np.ndarray
    folds: np.ndarray
    test: np.ndarray
    test_paths: tuple[Path, ...]
    test_labels: np.ndarray
    paths: StudyPaths
    others: tuple[tuple[RetrainedMember, ...], ...] = ()
    temperature: float = 1.0
    validated: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    confidences: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def epochs(self) -> int:
        """The number of epochs of all members together, with one seed."""
        return sum(len(member.history) for member in self.members)


def retrain_and_test(
    task: Task, job: RetrainJob, report: OnEvent
) -> tuple[RetrainScores | None, tuple[SeedScores, ...]]:
    """Retrain, save the model and return its test scores, None where there are no test images, and other seeds'."""
    from .assemble import calibrated
    from .classifier import Classifier
    from .exports.keras_file import predictor_of
    from .predict import predict_images

    recipes = [Recipe.from_dict(member.recipe) for member in job.members]
    steps = _Steps(job.epochs * (1 + len(job.others)), report)
    fitted, features = _retrained(task, job.train, job.members, recipes, steps)
    model = calibrated(fitted, job.temperature)
    size, resize = max(recipe.image_size for recipe in recipes), recipes[0].resize
    labels = Labels(task.classes, size, resize, gray=task.gray, **_known(job, features))
    # A model that is not scored is tried on images that it was trained on.
    paths = job.test_paths or tuple(task.paths[i] for i in job.train[:_TRIED])
    with replacing(job.paths.model, ".keras") as beside:
        model.save(beside)
        write_labels(beside, labels.to_json())
        if labels.distances:
            write_member(beside, familiarity.FILE, fit_familiarity(features).to_bytes())
        # The test images are scored with the file that is handed over, read back as a user would.
        if job.test_paths:
            report(Progress("scoring the test images", 0, len(job.test)))
        decoded = partial(decode_all, paths, size, resize, gray=task.gray)
        probabilities, distances = Classifier(beside).predict(decoded())
        _refuse_infinite(probabilities)
        others = []
        for members in job.others:
            fitted, _ = _retrained(task, job.train, members, recipes, steps)
            predictor = predictor_of(calibrated(fitted, job.temperature))
            found = predict_images(predictor, decoded(), labels)
            _refuse_infinite(found)
            others.append(SeedScores(members[0].seed, _scores(task, job, found)))
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
        if distances is not None:
            predictions["distances"] = distances
        write_predictions(job.paths.test_predictions, predictions)
    return scores, tuple(others)


def _refuse_infinite(probabilities: np.ndarray) -> None:
    if not np.isfinite(probabilities).all():
        raise TrialFailure("the retrained model's probabilities are not finite")


def _known(job: RetrainJob, features: list[np.ndarray]) -> dict[str, tuple[float, ...]]:
    """Return the percentiles that `Labels` keeps of the validation images."""
    if not len(job.confidences):
        return {}
    confidences = percentiles(job.confidences)
    if not features:
        return {"confidences": confidences}
    found = out_of_fold_distances(features, job.folds)
    found = found[np.searchsorted(job.train, job.validated)]
    distances = percentiles(found)
    certainties = certainty(job.confidences, found, confidences, distances)
    return {
        "confidences": confidences,
        "distances": distances,
        "certainties": percentiles(certainties),
    }


def _scores(task: Task, job: RetrainJob, probabilities: np.ndarray) -> RetrainScores:
    labels = job.test_labels
    return RetrainScores(
        accuracy=float((probabilities.argmax(axis=1) == labels).mean()),
        loss=log_loss(labels, probabilities),
        score=float(OBJECTIVES[task.objective].score(labels, probabilities)),
        images=len(labels),
    )


@dataclass
class _Steps:
    """Tells the progress of one fit after another; `done` of `total` epochs are those of earlier fits."""

    total: int
    report: OnEvent
    done: int = 0

    def epoch_ended(self, row: dict[str, Any]) -> None:
        """Tell that an epoch of the running fit has ended."""
        self.report(Progress("retraining", self.done + row["epoch"], self.total))


def _retrained(
    task: Task,
    train: np.ndarray,
    members: tuple[RetrainedMember, ...],
    recipes: list[Recipe],
    steps: _Steps,
) -> tuple[Any, list[np.ndarray]]:
    """Fit all members on the training images; return one Keras model, and the features of each frozen backbone."""
    from ..training.estimators import make_estimator
    from .assemble import assemble
    from .ensemble import EnsembleBuilder, seen_by

    features: dict[tuple, np.ndarray] = {}
    ensemble = EnsembleBuilder(max(recipe.image_size for recipe in recipes))
    for member, recipe in zip(members, recipes, strict=True):
        estimator = make_estimator(task, recipe, member.seed, steps.report)
        estimator.refit(train, member.history, on_epoch=steps.epoch_ended)
        steps.done += len(member.history)
        sees = recipe.unfrozen == 0 and recipe.classifier != "most_frequent"
        if sees and seen_by(estimator) not in features:
            features[seen_by(estimator)] = estimator.mean_features(train)
        if len(recipes) == 1:
            return assemble(estimator), list(features.values())
        ensemble.add(estimator, member.weight)
    return ensemble.model(), list(features.values())
