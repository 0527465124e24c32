"""Classifies image files with an exported model."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from ..events import OnEvent, unheard
from ..models.classifier import Classifier
from ..models.predict import Predictions
from .image_reading import ImageReading


def predict(
    model: str | Path,
    sources: Sequence[str | Path],
    *,
    unsure: float = 0.0,
    cache: Path | None = None,
    on_event: OnEvent | None = None,
) -> Predictions:
    """Classify images, and all images in folders, as the test images were classified.

    Each image is decoded once, while others are classified.

    Args:
        model: A file or folder that `export_best` wrote.
        sources: Image files, folders, patterns such as `photos/*.jpg`, and addresses (s3://, gs://, https://) of images
            and folders.
        unsure: Images are called unsure that are less certain than all but this share of the validation images, 0 to 1:
            by the probability of their class and, with a `.keras` file that has a frozen backbone, by their distance
            from the training images.
        cache: Takes copies of images at addresses; the user's cache folder when None.
        on_event: Called with the progress of 100 images and more, and of copying.

    Raises:
        SearchError: The model cannot be loaded, has no labels or no confidences, or no image can be read.
    """
    classifier = Classifier(Path(model), unsure)
    labels = classifier.labels
    reading = ImageReading(sources, labels, on_event or unheard, cache)
    images = iter(reading)
    first = next(images, None)
    if first is None:
        raise reading.nothing_readable()
    probabilities, doubtful = classifier.classify(chain([first], images))
    names = tuple(image.name for image in reading.readable)
    return Predictions(names, labels.classes, probabilities, tuple(reading.unreadable), doubtful)
