"""Every format and quantisation of six kinds of winner, each run in its own runtime beside the retrained model.

    python tests/benchmarks/exports.py --out FOLDER [--data DIR --weights DIR]

Without --data, the winners are trials of `quickstart` and a network from scratch on the same drawn images. With it, the
recommended model of `food10_small` on the folder `food10` of DIR, with two MobileNetV2, comes first. One Markdown table
is printed: the largest difference of a probability, the share of equal answers, the accuracy on the test images,
megabytes, and milliseconds of one image alone. Where a model is refused, the reason stands in its row.
"""

from pathlib import Path

import click

from transfertune import Study, load_study, search
from transfertune.tuner import export_best, retrain
from transfertune.tuner.errors import SearchError
from transfertune.tuner.models.exports.comparison import HEADINGS

WAYS = (
    ("model.onnx", None),
    ("saved_model", None),
    ("model.tflite", None),
    ("model.tflite", "float16"),
    ("model.tflite", "int8"),
)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Studies and models.")
@click.option("--data", type=click.Path(exists=True, path_type=Path))
@click.option("--weights", type=click.Path(exists=True, path_type=Path))
def main(out: Path, data: Path | None, weights: Path | None) -> None:
    """Search, retrain, export, and print the table."""
    cache = out / "cache"
    click.echo(f"| winner | {' | '.join(HEADINGS)} |")
    click.echo(f"| --- | --- | --- | {' | '.join(['---:'] * (len(HEADINGS) - 2))} |")
    if data and weights:
        food = search(
            "food10_small",
            data=data / "food10",
            weights=weights,
            settings={"backbone": ["mobilenet_v2", "mobilenet_v2_035"]},
            trials=2,
            study=out / "food",
            cache=cache,
        )
        show("food10, ensemble", load_study(food.folder), out / "food-models")
    drawn = search("quickstart", trials=4, study=out / "drawn", cache=cache)
    for name, number in kinds(drawn).items():
        retrain(drawn, cache=cache, trial=number, again=True)
        show(name, load_study(drawn.folder), out / f"drawn-{number}")
    scratch = search(
        "food10_from_scratch",
        data="drawn",
        settings={
            "backbone": ["plain_cnn"],
            "pixel_scaling": ["standard"],
            "image_size": [64],
            "augment": ["none"],
        },
        trials=1,
        epochs=15,
        study=out / "scratch",
        cache=cache,
    )
    number = next(trial.number for trial in scratch.trials if trial.role == "search")
    retrain(scratch, cache=cache, trial=number, again=True)
    show("from scratch, scaled pixels", load_study(scratch.folder), out / "scratch-models")


def kinds(study: Study) -> dict[str, int]:
    """Return a trial of each kind of classifier, by what it is called."""
    found: dict[str, int] = {}
    for trial in study.trials:
        if trial.members:
            found["ensemble"] = trial.number
        elif trial.recipe["classifier"] == "head":
            tuned = trial.recipe.get("unfreeze") not in (0, None)
            found.setdefault("fine-tuned" if tuned else "dense head", trial.number)
        elif trial.recipe["classifier"] in ("logistic", "neighbours"):
            found.setdefault(trial.recipe["classifier"], trial.number)
    return found


def show(winner: str, study: Study, folder: Path) -> None:
    """Export a study's model in all ways, and print a row for each."""
    folder.mkdir(parents=True, exist_ok=True)
    first = True
    for name, quantize in WAYS:
        try:
            found = export_best(study, folder / name, quantize=quantize).comparisons
        except SearchError as error:
            click.echo(f"| {winner} | {name} | {quantize or ''} | {error} | | | | | |")
            continue
        for one in found[0 if first else 1 :]:
            click.echo(f"| {winner} | {' | '.join(one.cells)} |")
        first = False


if __name__ == "__main__":
    main()
