"""Calibration and unsure answers of retrained models on real images.

    python tests/benchmarks/calibrated.py --data DIR --weights DIR --out FOLDER

DIR for data holds the folders of `SETS`. Each is searched with one trial beside the baselines, and the recommended
model is retrained. The first table has the log loss and the expected calibration error on the test images before and
after the temperature. The second one has the share of unsure answers where 5 % of the validation images are unsure: of
the model's own test images, of those that were right, and of images of the other sets that share no class with it.
"""

from pathlib import Path

import click
import numpy as np

from transfertune import Study, load_study, search
from transfertune.reports import log_loss, scaled
from transfertune.reports.analysis.calibration import calibration
from transfertune.tuner import predict

SHARE = 0.05
_TWO = ["mobilenet_v2", "mobilenet_v2_035"]
SETS: dict[str, dict] = {
    "food10": {"backbone": _TWO},
    "food10_64px": {"backbone": _TWO, "image_size": [96, 160]},
    "cifar10_2500": {"backbone": _TWO, "image_size": [96, 160]},
}
# So many test images of each set are shown to the models of the others.
_OTHERS = 250


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--weights", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(data: Path, weights: Path, out: Path) -> None:
    """Search where there is no study yet, and print both tables."""
    studies = {name: searched(name, data, weights, out) for name in SETS}
    click.echo("| images | temperature | log loss | calibrated | ECE | calibrated |")
    click.echo("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, study in studies.items():
        click.echo(f"| {' | '.join(temperature_row(name, study))} |")
    click.echo()
    click.echo(f"| model | unsure | unsure of the right ones | {' | '.join(SETS)} |")
    click.echo(f"| --- | {' | '.join(['---:'] * (2 + len(SETS)))} |")
    for name, study in studies.items():
        click.echo(f"| {' | '.join(unsure_row(name, study, studies))} |")


def searched(name: str, data: Path, weights: Path, out: Path) -> Study:
    """Return a study of one of the sets."""
    if not (out / name / "best").exists():
        search(
            "food10_small",
            data=data / name,
            weights=weights,
            settings={**SETS[name], "unfreeze": [0], "augment": ["none"]},
            trials=1,
            study=out / name,
            cache=out / "cache",
        )
    return load_study(out / name)


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


def unsure_row(name: str, study: Study, studies: dict[str, Study]) -> list[str]:
    """Return the shares of unsure answers on the test images of all sets."""
    own = images_of_test(study)
    found = predict(study.paths.model, own, unsure=SHARE)
    labels = study.test_predictions()["labels"]
    right = found.probabilities.argmax(axis=1) == labels
    row = [f"{found.unsure.mean():.1%}", f"{(found.unsure & right).sum() / right.sum():.1%}"]
    for other in studies.values():
        if set(other.classes) & set(study.classes):
            row.append("")
            continue
        some = np.random.default_rng(0).permutation(images_of_test(other))[:_OTHERS]
        row.append(f"{predict(study.paths.model, some, unsure=SHARE).unsure.mean():.1%}")
    return [name, *row]


def images_of_test(study: Study) -> list[Path]:
    """Return the test images of a study."""
    images = study.images()
    return [images.path(i) for i in study.test_predictions()["indices"]]


if __name__ == "__main__":
    main()
