"""Calibration and unsure answers of retrained models on real images.

    python tests/benchmarks/calibrated.py --data DIR --weights DIR --out FOLDER

DIR for data holds the folders of `SETS`. Each is searched with one trial beside the baselines, and the recommended
model is retrained. The first table has the log loss and the expected calibration error on the test images before and
after the temperature. The second one has the share of unsure answers where 5 % of the validation images are unsure: of
the model's own test images, of those that were right, of images of the other sets that share no class with it, and of
images of classes that are left out: a model of the first five classes of each set sees the other five. Every share
stands twice: by the probability alone, as in other formats, and with the distance from the training images.
"""

from pathlib import Path

import click
import numpy as np

from transfertune import Study, load_study, search
from transfertune.datasets import decode_all
from transfertune.reports import log_loss, scaled
from transfertune.reports.analysis.calibration import calibration
from transfertune.tuner.models.classifier import Classifier
from transfertune.tuner.models.predict import read_labels

SHARE = 0.05
_TWO = ["mobilenet_v2", "mobilenet_v2_035"]
SETS: dict[str, dict] = {
    "food10": {"backbone": _TWO},
    "food10_64px": {"backbone": _TWO, "image_size": [96, 160]},
    "cifar10_2500": {"backbone": _TWO, "image_size": [96, 160]},
}
OTHER_SETS = ("plates",)
# So many test images of each set are shown to the models of the others.
_OTHERS = 250


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--weights", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(data: Path, weights: Path, out: Path) -> None:
    """Search where there is no study yet, and print both tables."""
    studies = {name: searched(name, data, weights, out, SETS[name]) for name in SETS}
    click.echo("| images | temperature | log loss | calibrated | ECE | calibrated |")
    click.echo("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, study in studies.items():
        click.echo(f"| {' | '.join(temperature_row(name, study))} |")
    click.echo()
    heads = ["model", "unsure", "unsure of the right ones", *SETS, *OTHER_SETS, "classes left out"]
    click.echo(f"| {' | '.join(heads)} |")
    click.echo(f"| --- | {' | '.join(['---:'] * (len(heads) - 1))} |")
    for name, study in studies.items():
        others = {other: images_of_test(studies[other]) for other in SETS}
        others |= {other: sorted((data / other).rglob("*.jpg")) for other in OTHER_SETS}
        for shared in SETS:
            if set(studies[shared].classes) & set(study.classes):
                others[shared] = []
        half = searched_half(name, data, weights, out)
        left = [one for one in images_of_test(study) if one.parent.name not in half.classes]
        cells = [*unsure_cells(study, others), unsure_cells(half, {"left out": left})[-1]]
        click.echo(f"| {name} | {' | '.join(cells)} |")


def searched(name: str, data: Path, weights: Path, out: Path, settings: dict) -> Study:
    """Return a study of a set."""
    if not (out / name / "best").exists():
        search(
            "food10_small",
            data=data / name,
            weights=weights,
            settings={**settings, "unfreeze": [0], "augment": ["none"]},
            trials=1,
            study=out / name,
            cache=out / "cache",
        )
    return load_study(out / name)


def searched_half(name: str, data: Path, weights: Path, out: Path) -> Study:
    """Return a study of the first five classes of a set."""
    half = out / "halves" / f"{name}_half"
    if not half.exists():
        for split in ("train", "test"):
            (half / split).mkdir(parents=True)
            for folder in sorted((data / name / split).iterdir())[:5]:
                (half / split / folder.name).symlink_to(folder.resolve())
    return searched(half.name, half.parent, weights, out, SETS[name])


def temperature_row(name: str, study: Study) -> list[str]:
    """Return the temperature, and loss and error on the test images without and with it."""
    temperature, found = study.retrains[-1].temperature, study.test_predictions()
    labels, after = found["labels"], found["probabilities"]
    pairs = [scaled(after, 1 / temperature), after]
    losses = [f"{log_loss(labels, one):.3f}" for one in pairs]
    errors = []
    for one in pairs:
        shown = calibration(one.max(axis=1), one.argmax(axis=1) == labels)
        errors.append(f"{shown.error:.3f}" if shown else "")
    return [name, f"{temperature:.2f}", *losses, *errors]


def unsure_cells(study: Study, others: dict[str, list[Path]]) -> list[str]:
    """Return the shares of unsure answers among the test images, the right ones, and each of some other images."""
    found = study.test_predictions()
    labels = read_labels(study.paths.model)
    right = found["probabilities"].argmax(axis=1) == found["labels"]
    both = [labels.unsure(found["probabilities"], one, SHARE) for one in (None, found["distances"])]
    cells = [_shares(both), _shares([one[right] for one in both])]
    classifier = Classifier(study.paths.model)
    for images in others.values():
        some = list(np.random.default_rng(0).permutation(images)[:_OTHERS])
        pixels = decode_all(some, labels.image_size, labels.resize, gray=labels.gray)
        probabilities, distances = classifier.predict(pixels)
        pair = [labels.unsure(probabilities, one, SHARE) for one in (None, distances)]
        cells.append(_shares(pair) if some else "")
    return cells


def _shares(pair: list[np.ndarray]) -> str:
    return ", ".join(f"{one.mean():.1%}" for one in pair)


def images_of_test(study: Study) -> list[Path]:
    """Return the test images of a study."""
    images = study.images()
    return [images.path(i) for i in study.test_predictions()["indices"]]


if __name__ == "__main__":
    main()
