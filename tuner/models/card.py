"""The card of an exported model: Markdown with the front matter that Hugging Face model cards have."""

import json
import shlex
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...reports import Study, markdown_text, read_data_check, verdict
from ...search_spaces import BACKBONES, Backbone
from .card_scores import class_rows, scores_text
from .example import RESIZING, opening
from .exports.comparison import FIGURES, HEADINGS, Comparison, Figures
from .labels import Labels
from .predict import read_labels

_WORDS = {
    "crop": "the short side is scaled and the centre is kept",
    "pad": "the long side is scaled and the rest is black",
    "stretch": "both sides are scaled, whatever the ratio was",
}
_CARD = """---
{front}
---

# {name}

An image classifier of {count} classes: {classes}.

{claim}

## Use

{use}

- Input: `pixels`, float32 (N, {size}, {size}, 3), RGB, 0 to 255, any N. Preprocessing is inside the model.
- Output: class probabilities, float32 (N, {count}), in the order above, which every file carries in `labels.json`.
- An image becomes {size} x {size} pixels so: {words}; bilinear, with antialiasing. Large
  JPEG files are decoded at a reduced size. Transparent images are laid on white before. {gray} With Pillow and NumPy:

```python
size = {size}
{opening}
{resize}
pixels = np.asarray(image, np.float32)[None]
```

## How good it is

{score}

{per_class}

## Limits

{limits}

## How it was made

Trial {trial} of a search of the space `{space}` on {data}{what}, retrained on {images} images, {created}. {parameters}
parameters. {licences}

{recipes}
{files}"""


def card_text(
    study: Study, name: str, models: Sequence[Path], comparisons: Sequence[Comparison]
) -> str:
    """Return the card of a study's retrained model.

    Args:
        study: The study.
        name: The title.
        models: The files and folders that the card lies beside.
        comparisons: What they gave beside the retrained model.
    """
    labels, header, last = read_labels(study.paths.model), study.header, study.retrains[-1]
    recipes = _recipes(study)
    backbones = list(dict.fromkeys(recipe["backbone"] for _, _, recipe in recipes))
    rows = [BACKBONES[backbone] for backbone in backbones]
    trial = study.trial(last.trial)
    return _CARD.format(
        front=_front(study, name, rows, comparisons),
        name=markdown_text(name),
        count=len(labels.classes),
        classes=", ".join(map(markdown_text, labels.classes)),
        claim=markdown_text(_claim(study)),
        use=_use(models, rows),
        size=labels.image_size,
        words=_WORDS[labels.resize],
        gray=_gray(labels),
        opening=textwrap.dedent(opening(labels)),
        resize=textwrap.dedent(RESIZING[labels.resize]),
        score=scores_text(study, labels),
        per_class=_markdown(class_rows(study, labels)),
        limits=_limits(study),
        trial=last.trial,
        space=header.space.name,
        data=markdown_text(header.data.name),
        what=f", the weighted mean of {len(recipes)} models" if len(recipes) > 1 else "",
        images=header.split.development,
        created=last.at,
        parameters=f"{trial.parameters.get('total', 0):,}",
        licences=" ".join(map(_licence, rows)),
        recipes=_table(recipes),
        files=_files(comparisons),
    )


def _gray(labels: Labels) -> str:
    if labels.gray:
        return (
            f"Gray of more than 8 bits has the scale of the training images: {labels.gray.words}."
        )
    return "Gray of more than 8 bits, which no training image has, is scaled by the range of the image."


def _front(
    study: Study, name: str, backbones: list[Backbone], comparisons: Sequence[Comparison]
) -> str:
    """Return the YAML before the text; JSON values are YAML."""
    licences = {row.licence for row in backbones if row.licence}
    values: dict[str, Any] = {
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", "transfer-learning", "transfertune"],
        "metrics": ["accuracy"],
    }
    if licences:
        values["license"] = licences.pop().lower() if len(licences) == 1 else "other"
    values[FIGURES] = asdict(Figures(study.retrains[-1].digest, tuple(comparisons)))
    test = study.retrains[-1].test
    if test is not None:
        values["model-index"] = [
            {
                "name": name,
                "results": [
                    {
                        "task": {"type": "image-classification"},
                        "dataset": {
                            "name": study.header.data.name,
                            "type": "images",
                            "split": "test",
                        },
                        "metrics": [{"type": "accuracy", "value": test.accuracy}],
                    }
                ],
            }
        ]
    return "\n".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()
    )


def _claim(study: Study) -> str:
    """Say what is expected of the model, as far as the study still recommends it."""
    chosen, trial = study.recommended, study.retrains[-1].trial
    if chosen is None or chosen.number != trial:
        return f"It is trial {trial} of its search, which is not the recommended one."
    return verdict(study)[0]


def _use(models: Sequence[Path], backbones: list[Backbone]) -> str:
    commands = "\n".join(f"tune predict {shlex.quote(model.name)} image.jpg" for model in models)
    packages = sorted({row.package.replace("_", "-") for row in backbones if row.package})
    needs = f"\n\nThe `.keras` file needs the package {' and '.join(packages)}." if packages else ""
    return f"```sh\n{commands}\n```{needs}\n\nThe example beside a file classifies images without this program."


def _limits(study: Study) -> str:
    check = read_data_check(study.folder)
    found = [one.sentence for one in check.findings] if check else []
    always = (
        "Any image gets one of these classes, whatever it shows.",
        "The figures hold for images like those of the data set.",
    )
    return "\n".join(f"- {line}" for line in (*always, *map(markdown_text, found)))


def _licence(row: Backbone) -> str:
    if row.from_scratch:
        return f"The network {row.name} was trained from scratch."
    return f"The backbone {row.name} was trained on {row.pretrained_on}; its authors' licence is {row.licence}."


def _recipes(study: Study) -> list[tuple[int, float, dict[str, Any]]]:
    """Return the number, the weight and the recipe of each trial that the model is made of."""
    last = study.retrains[-1]
    members = study.trial(last.trial).members
    if not members:
        return [(last.trial, 1.0, {**study.trial(last.trial).recipe, "epochs": last.epochs})]
    return [(one.trial, one.weight, study.trial(one.trial).recipe) for one in members]


def _table(members: list[tuple[int, float, dict[str, Any]]]) -> str:
    """Return the recipes as a table, a column for each member."""
    single = len(members) == 1
    heads = ["value"] if single else [f"trial {number}" for number, _, _ in members]
    rows = [["hyperparameter", *heads], ["---"] * (1 + len(heads))]
    if not single:
        rows.append(["weight", *(f"{weight:.3f}" for _, weight, _ in members)])
    names = dict.fromkeys(name for _, _, recipe in members for name in recipe)
    rows += [[name, *(str(recipe.get(name, "")) for _, _, recipe in members)] for name in names]
    return _markdown(rows)


def _files(comparisons: Sequence[Comparison]) -> str:
    if not comparisons:
        return ""
    rows = [HEADINGS, ("---", "---", *["---:"] * (len(HEADINGS) - 2))]
    rows += [tuple(map(markdown_text, one.cells)) for one in comparisons]
    return (
        "\n## Files\n\nEach file was run in a process of its own beside the retrained model (the first row).\n\n"
        f"{_markdown(rows)}\n"
    )


def _markdown(rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
