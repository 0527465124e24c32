"""The report page: gathers its sections and fills the template, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..ranking.study import Study
from ..wording import formatting
from ..wording.recipe_words import short, trial_words
from ..wording.verdict import remarks, verdict, verdict_so_far
from .figures import figures
from .sections import SECTIONS

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Running:
    """What the page of a running search says of it.

    Attributes:
        doing: what the search does, such as "The search is running".
        written: when the page is written, in ISO 8601.
        every: seconds after which the page reloads itself.
        silence: seconds; a page that is older was left by a search that was killed, and no longer reloads itself.
    """

    doing: str
    written: str
    every: int
    silence: int


def report_page(study: Study, running: Running | None = None) -> bytes:
    """Return the report as one HTML file that needs no network; the same study gives the same bytes.

    A study without trials, with failures only, or with parts missing has a page too. The page of a `running` search
    leaves out what takes long.
    """
    template = _environment().get_template("page.html")
    return template.render(**_context(study, running)).encode("utf-8", "replace")


@cache
def _environment() -> Environment:
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
        "breakable": formatting.breakable,
        "count": formatting.count,
        "percent": formatting.percent,
        "plural": formatting.plural,
        "short": short,
    }
    return environment


def _context(study: Study, running: Running | None) -> dict[str, Any]:
    from markupsafe import Markup

    header, recommended = study.header, study.recommended
    script = (TEMPLATES / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    shown = [section for section in SECTIONS if section.living or running is None]
    facts = [(section, section.facts(study)) for section in shown]
    return {
        "study": study,
        "header": header,
        "title": header.space.title or study.folder.name,
        "space": header.space.name,
        "data_name": header.data.name,
        "objective": formatting.objective_name(study.objective),
        "running": running,
        "later": [section.heading for section in SECTIONS if section not in shown],
        "sentences": verdict_so_far(study) if running else verdict(study),
        "remarks": remarks(study),
        "recipe": trial_words(recommended) if recommended else "",
        "figures": figures(study, corrected=running is None),
        "sections": [(section, found) for section, found in facts if found is not None],
        "script": Markup(script),  # noqa: S704
        "script_digest": digest,
    }
