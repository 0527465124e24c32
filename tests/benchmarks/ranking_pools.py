"""The images of `ranking_simulation.py`: what a simulated search may draw from, and what it never sees."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from transfertune.datasets import Dataset, Split, load_dataset

# task: (folder or name, backbones, image sizes)
TASKS = {
    "cifar": ("cifar10_2500", ("mobilenet_v2", "mobilenet_v2_035"), (96, 160)),
    "food": ("food10", ("mobilenet_v2", "mobilenet_v2_035"), (224, 320)),
    "food64": ("food10_64px", ("mobilenet_v2", "mobilenet_v2_035"), (96, 160)),
    "drawn": ("drawn", ("drawn_net",), (64, 96)),
}
DRAWN = 4000


def pool_of(task: str, data: Path, cache: Path) -> Dataset:
    """Return all images of a task, without their stated splits."""
    name, _, _ = TASKS[task]
    dataset = load_dataset(draw(cache) if name == "drawn" else data / name, cache=cache)
    images = tuple(replace(image, split=None) for image in dataset.images)
    return replace(dataset, images=images)


def draw(cache: Path) -> Path:
    """Return a folder of drawn images whose truth can be known as well as one likes."""
    from transfertune.datasets import DRAWN_CLASSES, draw_images

    folder = cache / f"simulated-{DRAWN}"
    if not folder.exists():
        pixels, labels = draw_images(DRAWN_CLASSES, DRAWN // len(DRAWN_CLASSES), 64, seed=17)
        for number, (image, label) in enumerate(zip(pixels, labels, strict=True)):
            place = folder.with_suffix(".part") / DRAWN_CLASSES[label]
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(place / f"{number:05d}.png")
        folder.with_suffix(".part").rename(folder)
    return folder


def of_classes(dataset: Dataset, labels: tuple[int, ...]) -> Dataset:
    """Return the images of some classes alone."""
    images = tuple(
        replace(p, label=labels.index(p.label)) for p in dataset.images if p.label in labels
    )
    return replace(dataset, classes=tuple(dataset.classes[i] for i in labels), images=images)


def divide(dataset: Dataset, size: int, rng: np.random.Generator) -> Split:
    """Draw a stratified development set of `size` images; all others are the held-out set."""
    classes = len(dataset.classes)
    chosen, validation = [], []
    for label in range(classes):
        mine = rng.permutation(np.flatnonzero(dataset.labels == label))[: size // classes]
        chosen.append(mine)
        validation.append(mine[: max(1, len(mine) // 5)])
    development, validation = np.sort(np.concatenate(chosen)), np.sort(np.concatenate(validation))
    rest = np.setdiff1d(np.arange(len(dataset.labels)), development)
    return Split(np.setdiff1d(development, validation), validation, rest)
