"""The files beside an exported model: its labels, for programs, and its card, for people."""

import json
from pathlib import Path
from typing import Any

from ...datasets import RESIZES
from ...reports import RetrainScores, wilson, write_beside
from ...search_spaces import BACKBONES
from ..errors import SearchError

FORMAT = 1
# Pixels per side. A labels file may come from anyone, and this many pixels are allocated.
LARGEST_IMAGE = 4096


def labels_file(model: Path) -> Path:
    """Return the path of a model's labels file."""
    return model.with_suffix(".labels.json")


def card_file(model: Path) -> Path:
    """Return the path of a model's card."""
    return model.with_suffix(".card.md")


def write_model_files(
    model: Path,
    *,
    classes: tuple[str, ...],
    image_size: int,
    resize: str,
    members: list[tuple[int, float, dict[str, Any]]],
    objective: str,
    test: RetrainScores | None,
    facts: dict[str, Any],
) -> None:
    """Write the labels and the card of a model.

    Args:
        model: The model's file.
        classes: The names of the classes.
        image_size: Pixels a side that the model takes.
        resize: How images become square.
        members: The number, the weight and the recipe of each trial that the model is made of; one for a single model.
        objective: The objective's name.
        test: What the model scored on the test images, None if it was not scored.
        facts: More values for the card.
    """
    labels = {
        "format": FORMAT,
        "classes": list(classes),
        "image_size": image_size,
        "resize": resize,
    }
    write_beside(labels_file(model), (json.dumps(labels, indent=1) + "\n").encode())
    shape = {"size": image_size, "resize": resize}
    card = _card(model.name, classes, members, objective, test, {**shape, **facts})
    write_beside(card_file(model), card.encode())


def read_labels(model: Path) -> dict[str, Any]:
    """Return a model's `classes`, `image_size` and `resize`.

    Raises:
        SearchError: The file is missing or damaged.
    """
    file = labels_file(model)
    try:
        labels = json.loads(file.read_text(encoding="utf-8"))
        classes, size, resize = labels["classes"], labels["image_size"], labels["resize"]
    except FileNotFoundError as error:
        raise SearchError(
            f"{model} has no {file.name} beside it; copy both from where `tune export-best` wrote them."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SearchError(f"{file} is damaged; export the model again.") from error
    if not (isinstance(classes, list) and type(size) is int and 1 <= size <= LARGEST_IMAGE):
        raise SearchError(f"{file} is damaged; export the model again.")
    if resize not in RESIZES:
        raise SearchError(f"{file} is damaged; export the model again.")
    return labels


_CARD = """# {name}

An image classifier of {count} classes: {classes}.

- Input: images as float32 pixels 0..255, RGB, shape (N, {size}, {size}, 3); resized by "{resize}". Preprocessing is
  inside the model.
- Output: class probabilities, shape (N, {count}), in the order above and in the labels file.
- Use: `tune predict {name} image.jpg`, or `keras.models.load_model("{name}")`.{needs}

## How good it is

{score} {milliseconds:.0f} ms an image where it was made, decoding included. {parameters:,} parameters.

## How it was made

Trial {trial} of a search of the space `{space}`{what}, retrained on train + validation ({images} images),
{created}, Keras {keras}.

{table}
"""


def _card(
    name: str,
    classes: tuple[str, ...],
    members: list[tuple[int, float, dict[str, Any]]],
    objective: str,
    test: RetrainScores | None,
    facts: dict[str, Any],
) -> str:
    return _CARD.format(
        name=name,
        count=len(classes),
        classes=", ".join(classes),
        needs=_needs({recipe["backbone"] for _, _, recipe in members}),
        score=_score(test, objective),
        what=f", the weighted mean of {len(members)} models" if len(members) > 1 else "",
        table=_table(members),
        **facts,
    )


def _score(test: RetrainScores | None, objective: str) -> str:
    if test is None:
        return "It was not scored on the test images."
    low, high = wilson(test.accuracy, test.images)
    return (
        f"Test accuracy {test.accuracy:.3f} on {test.images} images that nothing was trained on or chosen by (95 % "
        f"interval {low:.3f} to\n{high:.3f}); {objective} {test.score:.3f}, cross-entropy {test.loss:.3f}."
    )


def _needs(backbones: set[str]) -> str:
    packages = {package for name in backbones if (package := BACKBONES[name].package)}
    names = sorted(package.replace("_", "-") for package in packages)
    if not names:
        return ""
    return f" Both need the package {' and '.join(names)}: `pip install {' '.join(names)}`."


def _table(members: list[tuple[int, float, dict[str, Any]]]) -> str:
    """Return the recipes as a table, a column for each member."""
    single = len(members) == 1
    heads = ["value"] if single else [f"trial {number}" for number, _, _ in members]
    rows = [] if single else [("weight", [f"{weight:.3f}" for _, weight, _ in members])]
    names = dict.fromkeys(name for _, _, recipe in members for name in recipe)
    rows += [(name, [recipe.get(name, "") for _, _, recipe in members]) for name in names]
    lines = [("hyperparameter", heads), ("---", ["---"] * len(heads)), *rows]
    return "\n".join(f"| {name} | {' | '.join(map(str, values))} |" for name, values in lines)
