"""The report page: gathers what it shows and fills the template, everything escaped."""

from __future__ import annotations

import base64
import hashlib
import shlex
from pathlib import Path
from typing import Any

from . import formatting
from .confusion import Confusion, confusion
from .errors import StudyError
from .histories import read_histories
from .leaderboard import Row, leaderboard, recipe_names, score_interval
from .pictures import SPLITS, pictures_per_class
from .plots import SERIES, confusion_plot, curves_plot, score_plot
from .recipe_words import recipe_words, short
from .study import Study
from .verdict import last_test, verdict

TEMPLATES = Path(__file__).parent / "templates"
HEADER = ("command", "created", "seed", "strategy")
PARTS = ("data", "limits", "space", "split", "versions")
TABLE_CLASSES = 15  # more classes than this make a confusion matrix a picture
UNREADABLE_SHOWN = 50


def report_page(study: Study) -> bytes:
    """Give back the report as one HTML file that needs no network; the same study gives the same bytes.

    A study without trials, with failures only, or with parts missing has a page too.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": formatting.score,
        "interval": formatting.interval,
        "duration": formatting.duration,
        "count": formatting.count,
        "short": short,
    }
    template = environment.get_template("report.html")
    return template.render(**_context(study)).encode("utf-8", "replace")


def _context(study: Study) -> dict[str, Any]:
    from markupsafe import Markup

    header, rows = _header(study), leaderboard(study)
    ranked = [row for row in rows if row.rank]
    script = (TEMPLATES / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {
        "study": study,
        "header": header,
        "title": header["space"].get("title") or study.folder.name,
        "space": _filled(header["space"], ("name",)),
        "data": {
            **_filled(header["data"], ("name", "root", "digest")),
            "notes": header["data"].get("notes") or (),
        },
        "split": _filled(header["split"], SPLITS),
        "objective": formatting.objective_name(study.objective),
        "sentences": verdict(study),
        "ranked": ranked,
        "failed": [row for row in rows if not row.rank],
        "best_words": recipe_words(study.best.recipe) if study.best else "",
        "names": recipe_names(study),
        "scale": _scale(study, ranked),
        "seconds": sum(trial.seconds for trial in study.trials),
        "test": _test(study),
        "plots": _plots(study),
        "classes": pictures_per_class(study.folder / "pictures.csv", study.classes),
        "unreadable": _unreadable(header),
        "unreadable_shown": UNREADABLE_SHOWN,
        "tensorboard": shlex.join(["tensorboard", "--logdir", str(study.folder / "tensorboard")]),
        "script": Markup(script),  # noqa: S704
        "script_digest": digest,
    }


def _header(study: Study) -> dict[str, Any]:
    """The header with all its parts, empty where an older or damaged one lacks them."""
    filled = _filled(study.header, HEADER)
    return filled | {name: study.header.get(name) or {} for name in PARTS}


def _filled(facts: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {**dict.fromkeys(names), **facts}


def _plots(study: Study) -> list[tuple[str, str]]:
    """Captions and SVG; the SVG is the one thing that the template does not escape, see `svg.inline_svg`."""
    from markupsafe import Markup

    contenders = study.ranked[: len(SERIES)]
    folder = study.folder / "trials"
    epochs = read_histories((trial.number, folder / trial.folder) for trial in contenders)
    histories = [
        (t.number, epochs[epochs["trial"] == t.number].to_dict("records")) for t in contenders
    ]
    drawn = (
        ("Score of every trial", score_plot(study)),
        ("Learning curves of the best trials", curves_plot(study, histories)),
    )
    return [(caption, Markup(svg)) for caption, svg in drawn if svg]  # noqa: S704


def _test(study: Study) -> dict[str, Any] | None:
    """What the retrained model did on the test pictures, its confusions if its predictions are there."""
    from markupsafe import Markup

    record = last_test(study)
    if record is None:
        return None
    shown = {
        "record": record,
        "interval": score_interval(study, record["test"].get("score"), record["test"].get("n")),
        "matrix": None,
        "picture": None,
        "names": study.classes,
    }
    try:
        arrays = study.test_predictions()
    except StudyError as error:
        return {**shown, "missing": str(error)}
    found = confusion(arrays["labels"], arrays["probabilities"])
    classes = len(found.counts)
    if len(study.classes) != classes:
        shown["names"] = tuple(f"class {number}" for number in range(classes))
    if classes > TABLE_CLASSES:
        shown["picture"] = Markup(confusion_plot(found))  # noqa: S704
    else:
        shown["matrix"] = _matrix(found)
    return {**shown, "missing": None, "recalls": found.recalls(), "pairs": found.confused_pairs(8)}


def _matrix(found: Confusion) -> list[list[tuple[int, float]]]:
    """Counts with their share of the true class, row by row."""
    return [
        [(int(count), float(share)) for count, share in zip(counts, shares, strict=True)]
        for counts, shares in zip(found.counts, found.shares, strict=True)
    ]


def _scale(study: Study, ranked: list[Row]) -> dict[str, float]:
    """The ends of the axis that the intervals in the leaderboard are drawn on."""
    ends = [end for row in ranked for end in (row.interval or (row.score, row.score))]
    if not ends:
        return {"low": 0.0, "width": 1.0}
    low, high = min(ends), max(ends)
    return {"low": low, "width": (high - low) or 1.0}


def _unreadable(header: dict[str, Any]) -> list[tuple[str, str]]:
    listed = header["data"].get("unreadable") or []
    return [(str(entry[0]), str(entry[1])) for entry in listed if len(entry) == 2]
